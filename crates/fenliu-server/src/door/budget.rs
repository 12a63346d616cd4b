//! How many bytes of requests are in memory at once: a call is read before it finds its place in the line, and callers
//! that send slowly, or much, must not fill the memory meanwhile.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body::{Body as HttpBody, Frame, SizeHint};
use prometheus_client::metrics::counter::Counter;
use tonic::body::Body;
use tonic::codegen::Bytes;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// When to ask again: what is read is soon done with.
const AGAIN: Duration = Duration::from_millis(100);

/// The bytes of all calls.
#[derive(Debug)]
pub(super) struct Budget {
    most: usize,
    taken: AtomicUsize,
    /// How many calls found no room.
    refused: Counter,
}

/// Those of one call; given back when it is done.
#[derive(Debug)]
pub(super) struct Share {
    budget: Arc<Budget>,
    held: AtomicUsize,
}

impl Budget {
    pub(super) fn new(most: usize, refused: Counter) -> Self {
        Self { most, taken: AtomicUsize::new(0), refused }
    }

    pub(super) fn share(self: &Arc<Self>) -> Share {
        Share { budget: Arc::clone(self), held: AtomicUsize::new(0) }
    }
}

impl Share {
    /// Holds so many bytes from now on, where there are as many. One body alone calls it.
    fn hold(&self, bytes: usize) -> Result<(), Status> {
        let held = self.held.load(Ordering::Relaxed);
        if bytes <= held {
            self.budget.taken.fetch_sub(held - bytes, Ordering::Relaxed);
        } else {
            let Budget { most, taken, refused } = &*self.budget;
            let more = |taken: usize| taken.checked_add(bytes - held).filter(|taken| taken <= most);
            taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).map_err(|_| {
                refused.inc();
                let message = format!(
                    "requests of {most} bytes are being read or answered, as many as may; ask again in {} ms",
                    AGAIN.as_millis()
                );
                let details = ErrorDetails::with_retry_info(Some(AGAIN));
                Status::with_error_details(Code::ResourceExhausted, message, details)
            })?;
        }
        self.held.store(bytes, Ordering::Relaxed);
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.taken.fetch_sub(*self.held.get_mut(), Ordering::Relaxed);
    }
}

/// The body of a request whose bytes are counted.
pub(super) struct Counted {
    body: Body,
    share: Arc<Share>,
    reading: Reading,
}

/// What of a body is in memory.
pub(super) enum Reading {
    /// All that came: it is one message.
    Whole(usize),
    /// The message that is not whole yet: those before it are worked off.
    Messages(Message),
}

/// How far a message of a stream has come: five bytes, of which four are the length of the rest.
#[derive(Default)]
pub(super) struct Message {
    head: [u8; 5],
    come: usize,
}

impl Reading {
    /// How many bytes are held after these.
    fn after(&mut self, bytes: &[u8]) -> usize {
        match self {
            Self::Whole(come) => {
                *come += bytes.len();
                *come
            }
            Self::Messages(message) => message.after(bytes),
        }
    }
}

impl Message {
    fn after(&mut self, mut bytes: &[u8]) -> usize {
        while let Some((first, others)) = bytes.split_first() {
            if let Some(head) = self.head.get_mut(self.come) {
                *head = *first;
                self.come += 1;
                bytes = others;
            } else {
                let here = self.left().min(bytes.len());
                self.come += here;
                bytes = bytes.get(here..).unwrap_or_default();
            }
            if self.come >= self.head.len() && self.left() == 0 {
                *self = Self::default();
            }
        }
        self.come
    }

    fn left(&self) -> usize {
        let [_, a, b, c, d] = self.head;
        let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
        length.saturating_add(self.head.len()).saturating_sub(self.come)
    }
}

impl Counted {
    pub(super) fn new(body: Body, share: Arc<Share>, reading: Reading) -> Self {
        Self { body, share, reading }
    }
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let this = &mut *self;
        let frame = std::task::ready!(Pin::new(&mut this.body).poll_frame(context));
        if let Some(bytes) = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref()) {
            let held = this.reading.after(bytes);
            if let Err(full) = this.share.hold(held) {
                return Poll::Ready(Some(Err(full)));
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_stream_the_message_that_is_not_whole_is_held() {
        let framed = |length: u8| [&[0, 0, 0, 0, length][..], &vec![7; usize::from(length)]].concat();
        let bytes = [framed(3), framed(0), framed(200)].concat();
        for step in 1..bytes.len() {
            let (mut message, mut come) = (Message::default(), 0);
            for part in bytes.chunks(step) {
                come += part.len();
                let held = message.after(part);
                let begun = if come < 8 {
                    0
                } else if come < 13 {
                    8
                } else {
                    13
                };
                assert_eq!(held, if come == bytes.len() { 0 } else { come - begun }, "{come} by {step}");
            }
        }
    }

    #[test]
    fn shares_are_given_back_and_never_more_than_there_is() {
        let budget = Arc::new(Budget::new(10, Counter::default()));
        let (one, other) = (budget.share(), budget.share());
        one.hold(6).unwrap();
        let full = other.hold(5).unwrap_err();
        assert_eq!(full.code(), Code::ResourceExhausted);
        assert_eq!(budget.refused.get(), 1);
        other.hold(4).unwrap();
        one.hold(2).unwrap();
        other.hold(8).unwrap();
        drop((one, other));
        assert_eq!(budget.taken.load(Ordering::Relaxed), 0);
    }
}
