//! The access log's file: lines go through a bounded queue to a thread of their own, so that no request waits for the disk.

use drystone_s3::LogSink;
use drystone_types::limits::ACCESS_LOG_QUEUE;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tracing::{info, warn};

use crate::Failure;

/// The running log.
pub(crate) struct AccessLog {
    queue: SyncSender<Message>,
    shared: Arc<Shared>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

/// Where requests put their lines.
pub(crate) struct Sink {
    queue: SyncSender<Message>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    dropped: AtomicU64,
    reopen: AtomicBool,
}

enum Message {
    Line(String),
    /// Look at [`Shared::reopen`].
    Wake,
    End,
}

impl AccessLog {
    /// Opens `path`, to append to it.
    pub(crate) fn start(path: &Path) -> Result<Self, Failure> {
        let file = open(path).map_err(|error| {
            Failure::Config(format!("cannot write the access log {}: {error}", path.display()))
        })?;
        Ok(Self::over(file, path))
    }

    fn over(file: File, path: &Path) -> Self {
        let (queue, lines) = sync_channel(ACCESS_LOG_QUEUE);
        let shared = Arc::new(Shared::default());
        let mut writer =
            Writer { file: BufWriter::new(file), path: path.to_owned(), shared: Arc::clone(&shared) };
        let writer = std::thread::Builder::new().name("access-log".into()).spawn(move || writer.run(&lines));
        Self { queue, shared, writer: Mutex::new(Some(writer.expect("a thread can be started"))) }
    }

    /// Where requests put their lines.
    pub(crate) fn sink(&self) -> Arc<dyn LogSink> {
        Arc::new(Sink { queue: self.queue.clone(), shared: Arc::clone(&self.shared) })
    }

    /// Opens the file anew: it was moved away to be kept.
    pub(crate) fn reopen(&self) {
        self.shared.reopen.store(true, Ordering::Release);
        let _ = self.queue.try_send(Message::Wake); // when the queue is full, a line wakes the writer as well
    }

    /// Writes what is queued and ends.
    pub(crate) fn close(&self) {
        let _ = self.queue.send(Message::End);
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            let _ = writer.join();
        }
    }
}

impl LogSink for Sink {
    fn write(&self, line: String) {
        if self.queue.try_send(Message::Line(line)).is_err() {
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

struct Writer {
    file: BufWriter<File>,
    path: PathBuf,
    shared: Arc<Shared>,
}

impl Writer {
    fn run(&mut self, queue: &Receiver<Message>) {
        while let Ok(first) = queue.recv() {
            let mut next = Some(first);
            let mut lines = 0;
            let mut ended = false;
            let mut outcome = Ok(());
            while let Some(message) = next {
                match message {
                    Message::Line(line) => {
                        lines += 1;
                        outcome = outcome.and_then(|()| writeln!(self.file, "{line}"));
                    }
                    Message::Wake => {}
                    Message::End => ended = true,
                }
                next = if ended || lines >= ACCESS_LOG_QUEUE { None } else { queue.try_recv().ok() };
            }
            let outcome = outcome.and_then(|()| self.file.flush());
            self.report(outcome, lines);
            if self.shared.reopen.swap(false, Ordering::AcqRel) {
                self.reopen();
            }
            if ended {
                return;
            }
        }
    }

    /// What got lost is told in the program's log, once for a batch.
    fn report(&mut self, outcome: io::Result<()>, lines: usize) {
        if let Err(error) = outcome {
            warn!(%error, lines, path = %self.path.display(), "cannot write the access log; lines are lost");
            self.reopen(); // what is left in the buffer would be written again and again
        }
        let dropped = self.shared.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            warn!(dropped, "the access log could not keep up; lines were dropped");
        }
    }

    fn reopen(&mut self) {
        match open(&self.path) {
            Ok(file) => {
                let old = std::mem::replace(&mut self.file, BufWriter::new(file));
                drop(old.into_parts()); // without writing what is left in it
                info!(path = %self.path.display(), "the access log was opened anew");
            }
            Err(error) => {
                warn!(%error, path = %self.path.display(), "cannot open the access log anew; the old file stays");
            }
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o640).open(path)
}

#[cfg(test)]
mod tests {
    use super::AccessLog;

    #[test]
    fn lines_are_written_in_order_and_a_moved_file_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let (path, old) = (dir.path().join("access.log"), dir.path().join("access.log.1"));
        let log = AccessLog::start(&path).unwrap();
        let sink = log.sink();
        for n in 0..100 {
            sink.write(format!("line {n}"));
        }
        log.close();
        let log = AccessLog::start(&path).unwrap();
        drystone_disk::Fs::rename(&drystone_disk::RealFs, &path, &old).unwrap();
        log.reopen();
        log.close();
        let log = AccessLog::start(&path).unwrap();
        log.sink().write("new".into());
        log.close();
        let lines = std::fs::read_to_string(&old).unwrap();
        assert_eq!(lines.lines().count(), 100);
        assert_eq!(lines.lines().nth(99), Some("line 99"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new\n");
    }

    #[test]
    fn a_log_that_cannot_be_opened_is_a_wrong_configuration() {
        let error = AccessLog::start(std::path::Path::new("/nowhere/access.log")).err().unwrap();
        assert!(error.to_string().contains("/nowhere/access.log"), "{error}");
    }

    #[test]
    fn a_full_disk_loses_lines_and_nothing_else() {
        let log = AccessLog::start(std::path::Path::new("/dev/full")).unwrap();
        for n in 0..10 {
            log.sink().write(format!("line {n}"));
        }
        log.close();
    }
}
