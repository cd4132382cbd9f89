//! Deliverer: reads the queue of events for one webhook, sends them, and tries again what fails. At least once, in bounded memory.
//!
//! Events are sent about in order; one that fails does not hold up the others, up to a number of failures. The queue is the
//! metastore's: what a restart interrupts is read again.

use drystone_store::event::Event;
use drystone_store::{Store, StoreError};
use drystone_types::Timestamp;
use drystone_types::limits::{
    EVENT_KEPT, EVENT_PAGE, EVENTS_IN_FLIGHT, EVENTS_WAITING_MAX, WEBHOOK_RETRY_FIRST, WEBHOOK_RETRY_LONGEST,
};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::{error, info, warn};

/// Sends an event.
pub(super) trait Post: Send + Sync + 'static {
    /// One try. The error is for the log.
    fn post(&self, event: &Event, configuration_id: &str) -> impl Future<Output = Result<(), String>> + Send;
}

/// Where events come from, and are forgotten.
pub(super) trait Queue: Send + Sync + 'static {
    /// As [`Store::list_events`].
    fn list(&self, after: u64, max: usize) -> impl Future<Output = Result<Vec<Event>, StoreError>> + Send;
    /// As [`Store::forget_events`].
    fn forget(&self, rows: Vec<u64>) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// As [`Store::events_told`].
    fn told(&self) -> watch::Receiver<()>;
    /// Now.
    fn now(&self) -> Timestamp;
}

impl Queue for Store {
    async fn list(&self, after: u64, max: usize) -> Result<Vec<Event>, StoreError> {
        self.list_events(after, max).await
    }

    async fn forget(&self, rows: Vec<u64>) -> Result<(), StoreError> {
        self.forget_events(rows).await
    }

    fn told(&self) -> watch::Receiver<()> {
        self.events_told()
    }

    fn now(&self) -> Timestamp {
        Self::now(self)
    }
}

/// A look at the queue that nothing asked for happens this often: a read may have failed.
const LOOK_EVERY: Duration = Duration::from_secs(30);

type Trying = Pin<Box<dyn Future<Output = (Pending, Result<(), String>)> + Send>>;

/// An event on its way.
struct Pending {
    event: Event,
    configuration_id: String,
    tries: u32,
}

/// Delivers to one webhook.
pub(super) struct Deliverer<Q, P> {
    queue: Arc<Q>,
    name: String,
    is_mine: Box<dyn Fn(&str) -> bool + Send + Sync>,
    post: Arc<P>,
    read_up_to: u64,
    may_have_more: bool,
    next: VecDeque<Pending>,
    trying: FuturesUnordered<Trying>,
    waiting: BTreeMap<(Instant, u64), Pending>,
    delivered: Vec<u64>,
    fails: bool,
}

impl<Q: Queue, P: Post> Deliverer<Q, P> {
    /// Delivers those events of `queue` that have a target which `is_mine`.
    pub(super) fn new(
        queue: Arc<Q>,
        name: &str,
        is_mine: impl Fn(&str) -> bool + Send + Sync + 'static,
        post: Arc<P>,
    ) -> Self {
        Self {
            queue,
            name: name.to_owned(),
            is_mine: Box::new(is_mine),
            post,
            read_up_to: 0,
            may_have_more: true,
            next: VecDeque::new(),
            trying: FuturesUnordered::new(),
            waiting: BTreeMap::new(),
            delivered: Vec::new(),
            fails: false,
        }
    }

    /// Goes on for ever. Dropping it loses nothing: events stay in the queue until they were delivered.
    pub(super) async fn run(mut self) {
        let mut told = self.queue.told();
        loop {
            while self.has_room() && self.may_have_more {
                self.read().await;
            }
            self.start();
            if self.delivered.len() >= EVENT_PAGE || self.trying.is_empty() {
                self.forget().await;
            }
            let retry_at = self.waiting.keys().next().map(|(at, _)| *at);
            tokio::select! {
                Some((pending, outcome)) = self.trying.next(), if !self.trying.is_empty() => {
                    self.ended(pending, outcome);
                }
                Ok(()) = told.changed() => self.may_have_more = true,
                () = sleep_until(retry_at), if self.trying.len() < EVENTS_IN_FLIGHT => {}
                () = tokio::time::sleep(LOOK_EVERY) => self.may_have_more = true,
            }
        }
    }

    /// Is there room for another page of events?
    fn has_room(&self) -> bool {
        self.next.is_empty() && !self.is_full()
    }

    /// Too much fails, or cannot be forgotten.
    fn is_full(&self) -> bool {
        self.waiting.len() >= EVENTS_WAITING_MAX || self.delivered.len() >= EVENTS_WAITING_MAX
    }

    /// Takes a page of events in.
    async fn read(&mut self) {
        match self.queue.list(self.read_up_to, EVENT_PAGE).await {
            Err(error) => {
                warn!(
                    error = &error as &dyn std::error::Error,
                    "the queue of events cannot be read; it will be tried again"
                );
                self.may_have_more = false;
            }
            Ok(page) => {
                self.may_have_more = page.len() == EVENT_PAGE;
                self.read_up_to = page.last().map_or(self.read_up_to, |event| event.row);
                for event in page {
                    let mine = event.seed.targets.iter().find(|(_, name)| (self.is_mine)(name));
                    if let Some((configuration_id, _)) = mine {
                        let configuration_id = configuration_id.clone();
                        self.next.push_back(Pending { event, configuration_id, tries: 0 });
                    }
                }
            }
        }
    }

    /// Sends what is due, as far as there is room: first what failed before.
    fn start(&mut self) {
        while self.trying.len() < EVENTS_IN_FLIGHT {
            let Some(pending) = self.take_due() else { return };
            let post = Arc::clone(&self.post);
            self.trying.push(Box::pin(async move {
                let outcome = post.post(&pending.event, &pending.configuration_id).await;
                (pending, outcome)
            }));
        }
    }

    fn take_due(&mut self) -> Option<Pending> {
        if let Some(first) = self.waiting.first_entry()
            && first.key().0 <= Instant::now()
        {
            return Some(first.remove());
        }
        if self.is_full() { None } else { self.next.pop_front() }
    }

    fn ended(&mut self, mut pending: Pending, outcome: Result<(), String>) {
        let Err(why) = outcome else {
            self.delivered.push(pending.event.row);
            if std::mem::take(&mut self.fails) {
                info!(webhook = self.name, "deliveries succeed again");
                self.retry_all_now();
            }
            return;
        };
        let row = pending.event.row;
        if self.queue.now().since(pending.event.time) > EVENT_KEPT {
            let (bucket, key, event) = (&pending.event.bucket, &pending.event.key, &pending.event.seed.name);
            error!(webhook = self.name, why, %bucket, ?key, event, "gave up an event that could not be delivered");
            self.delivered.push(row);
            return;
        }
        if !std::mem::replace(&mut self.fails, true) {
            warn!(webhook = self.name, why, "a delivery failed; events are kept and tried again");
        }
        let pause = WEBHOOK_RETRY_FIRST.saturating_mul(1 << pending.tries.min(16)).min(WEBHOOK_RETRY_LONGEST);
        pending.tries += 1;
        self.waiting.insert((Instant::now() + pause, row), pending);
    }

    /// The webhook is back: nothing needs to wait any longer.
    fn retry_all_now(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        let now = Instant::now();
        self.waiting = waiting.into_iter().map(|((_, row), pending)| ((now, row), pending)).collect();
    }

    async fn forget(&mut self) {
        if self.delivered.is_empty() {
            return;
        }
        match self.queue.forget(self.delivered.clone()).await {
            Ok(()) => self.delivered.clear(),
            Err(error) => {
                warn!(error = &error as &dyn std::error::Error, "delivered events cannot be forgotten yet");
            }
        }
    }
}

/// Waits until `at`; for ever when there is nothing to wait for.
async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::{Deliverer, Post, Queue};
    use drystone_store::StoreError;
    use drystone_store::event::{Event, EventSeed};
    use drystone_types::limits::{EVENT_KEPT, EVENT_PAGE, EVENTS_IN_FLIGHT, EVENTS_WAITING_MAX};
    use drystone_types::{BucketName, Key, Timestamp};
    use std::collections::BTreeMap;
    use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};
    use std::time::Duration;
    use tokio::sync::watch;
    use tokio::time::Instant;

    /// A queue in memory, on tokio's paused clock.
    struct Rows {
        kept: Mutex<BTreeMap<u64, Event>>,
        told: watch::Sender<()>,
        started: Instant,
    }

    impl Rows {
        fn new() -> Arc<Self> {
            Arc::new(Self { kept: Mutex::default(), told: watch::Sender::new(()), started: Instant::now() })
        }

        fn tell(&self, row: u64, target: &str) {
            let seed = EventSeed {
                name: "s3:ObjectCreated:Put".into(),
                targets: vec![("rule".into(), target.into())],
                principal: String::new(),
                source_ip: String::new(),
                request_id: String::new(),
            };
            let (bucket, key) = (BucketName::parse("bkt").unwrap(), Key::parse("k").unwrap());
            let event = Event { row, seed, bucket, key, version: None, object: None, time: self.now() };
            self.kept.lock().unwrap().insert(row, event);
            self.told.send_replace(());
        }

        fn left(&self) -> usize {
            self.kept.lock().unwrap().len()
        }
    }

    impl Queue for Rows {
        async fn list(&self, after: u64, max: usize) -> Result<Vec<Event>, StoreError> {
            Ok(self
                .kept
                .lock()
                .unwrap()
                .range(after + 1..)
                .take(max)
                .map(|(_, event)| event.clone())
                .collect())
        }

        async fn forget(&self, rows: Vec<u64>) -> Result<(), StoreError> {
            self.kept.lock().unwrap().retain(|row, _| !rows.contains(row));
            Ok(())
        }

        fn told(&self) -> watch::Receiver<()> {
            self.told.subscribe()
        }

        fn now(&self) -> Timestamp {
            Timestamp::default().after(self.started.elapsed())
        }
    }

    /// Refuses what `refuses` says; remembers what it was sent, and how much at one time.
    struct Hook<F> {
        refuses: F,
        sent: Mutex<Vec<u64>>,
        at_once: AtomicUsize,
        most_at_once: AtomicUsize,
    }

    impl<F: Fn(u64) -> bool + Send + Sync + 'static> Hook<F> {
        fn new(refuses: F) -> Arc<Self> {
            let (at_once, most_at_once) = (AtomicUsize::new(0), AtomicUsize::new(0));
            Arc::new(Self { refuses, sent: Mutex::default(), at_once, most_at_once })
        }

        fn sent(&self) -> Vec<u64> {
            self.sent.lock().unwrap().clone()
        }
    }

    impl<F: Fn(u64) -> bool + Send + Sync + 'static> Post for Hook<F> {
        async fn post(&self, event: &Event, _: &str) -> Result<(), String> {
            let now = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
            self.most_at_once.fetch_max(now, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(1)).await;
            self.at_once.fetch_sub(1, Ordering::SeqCst);
            self.sent.lock().unwrap().push(event.row);
            if (self.refuses)(event.row) { Err("refused".into()) } else { Ok(()) }
        }
    }

    fn start<P: Post>(queue: &Arc<Rows>, post: &Arc<P>) -> tokio::task::JoinHandle<()> {
        let deliverer = Deliverer::new(Arc::clone(queue), "hook", |name| name == "hook", Arc::clone(post));
        tokio::spawn(deliverer.run())
    }

    async fn settle() {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn all_events_of_the_webhook_are_delivered_once_and_forgotten() {
        let queue = Rows::new();
        for row in 1..=300 {
            queue.tell(row, if row % 3 == 0 { "other" } else { "hook" });
        }
        let hook = Hook::new(|_| false);
        let running = start(&queue, &hook);
        settle().await;
        queue.tell(301, "hook"); // told while it waits
        settle().await;
        let mut sent = hook.sent();
        sent.sort_unstable();
        assert_eq!(sent, (1..=301).filter(|row| row % 3 != 0).collect::<Vec<_>>());
        assert_eq!(queue.left(), 100, "those of the other webhook stay");
        assert!(hook.most_at_once.load(Ordering::SeqCst) <= EVENTS_IN_FLIGHT);
        running.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn an_event_that_fails_is_tried_again_and_holds_up_no_other() {
        let queue = Rows::new();
        (1..=10).for_each(|row| queue.tell(row, "hook"));
        let hook = Hook::new(|row| row == 1);
        let running = start(&queue, &hook);
        settle().await;
        assert_eq!(queue.left(), 1);
        tokio::time::sleep(Duration::from_secs(3600)).await;
        let tries = hook.sent().iter().filter(|row| **row == 1).count();
        assert!((15..40).contains(&tries), "{tries} tries within an hour");
        assert_eq!(queue.left(), 1, "it is kept");
        running.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn a_restart_delivers_what_was_not_delivered() {
        let queue = Rows::new();
        (1..=5).for_each(|row| queue.tell(row, "hook"));
        let down = Hook::new(|_| true);
        let running = start(&queue, &down);
        settle().await;
        running.abort();
        assert_eq!(queue.left(), 5);
        let up = Hook::new(|_| false);
        let running = start(&queue, &up);
        settle().await;
        assert_eq!((queue.left(), up.sent().len()), (0, 5));
        running.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn a_webhook_that_is_down_costs_bounded_memory_and_gets_all_when_it_is_back() {
        let queue = Rows::new();
        let events = (EVENTS_WAITING_MAX + 5 * EVENT_PAGE) as u64;
        (1..=events).for_each(|row| queue.tell(row, "hook"));
        let is_up = Arc::new(AtomicU64::new(0));
        let hook = Hook::new({
            let is_up = Arc::clone(&is_up);
            move |_| is_up.load(Ordering::SeqCst) == 0
        });
        let running = start(&queue, &hook);
        tokio::time::sleep(Duration::from_secs(600)).await;
        let mut tried = hook.sent();
        tried.sort_unstable();
        tried.dedup();
        assert!(tried.len() <= EVENTS_WAITING_MAX + EVENTS_IN_FLIGHT, "{} events in memory", tried.len());
        is_up.store(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_secs(320)).await;
        assert_eq!(queue.left(), 0);
        running.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn an_event_that_nobody_takes_is_given_up_in_the_end() {
        let queue = Rows::new();
        queue.tell(1, "hook");
        let hook = Hook::new(|_| true);
        let running = start(&queue, &hook);
        tokio::time::sleep(EVENT_KEPT * 9 / 10).await;
        assert_eq!(queue.left(), 1);
        tokio::time::sleep(EVENT_KEPT / 5).await;
        assert_eq!(queue.left(), 0);
        running.abort();
    }
}
