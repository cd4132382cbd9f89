//! Truth: yes, no, or unknown, so that what is not known can fail closed.

/// Ordered so that `min` is "and" and `max` is "or".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Truth {
    No,
    Unknown,
    Yes,
}

impl Truth {
    /// Are all of them true? Yes when there are none.
    pub(crate) fn all(truths: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::Yes;
        for truth in truths {
            all = all.min(truth);
            if all == Self::No {
                break;
            }
        }
        all
    }

    /// Is any of them true? No when there are none.
    pub(crate) fn any(truths: impl IntoIterator<Item = Self>) -> Self {
        let mut any = Self::No;
        for truth in truths {
            any = any.max(truth);
            if any == Self::Yes {
                break;
            }
        }
        any
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
            Self::Yes => Self::No,
        }
    }
}
