//! Chooses thresholds with a guarantee: values in, values out; no message, model or file enters here.
//!
//! A threshold says how sure is sure enough to answer. [`choose`] takes messages of which it is known whether they were
//! answered wrongly, and finds the lowest threshold for which the share of wrong answers among what is taken stays
//! below what is allowed, with a stated confidence. [`divide`] says which messages share a threshold.
//!
//! # The method
//!
//! Learn then Test (Angelopoulos, Bates, Candès, Jordan and Lei, "Learn then Test: Calibrating Predictive Algorithms to
//! Achieve Risk Control", 2021), with fixed-sequence testing. For each threshold of a fixed grid stands the null
//! hypothesis "of what it takes, more than the allowed share is wrong". Of `n` taken messages `k` are wrong; the chance
//! of so few, were the hypothesis true, is at most the binomial tail `P(Bin(n, allowed) ≤ k)`: an exact p-value at any
//! sample size. The hypotheses are tested from the strictest threshold downwards and the first that cannot be rejected
//! ends the walk, so that the whole walk errs with at most one test's chance and needs no correction for its length.
//!
//! # What is guaranteed
//!
//! Over the draw of the labelled messages: with the stated confidence the chosen threshold keeps the share of wrong
//! answers among future messages that it takes at or below what is allowed. It holds for messages drawn as the
//! labelled ones were, from the models that read them; another season, another shop or another model has to be
//! calibrated anew. The labels count as the truth: a wrong label is a wrong answer.
//!
//! * For a group: as above. Messages are grouped by the intent that was *predicted*, since that is what a policy sees;
//!   the statement is about the messages for which this intent is predicted, and holds whatever they really want.
//! * For all groups at once: [`Guarantee::Together`] divides the error among the groups that are tested (Bonferroni),
//!   so that with the stated confidence every one of them keeps its promise, and so does all that they take together.
//!   With [`Guarantee::Each`] the confidence is that of each group alone.
//! * Groups whose data is too thin have no guarantee; nothing is chosen for them.
//!
//! The walk starts where there are enough messages to tell: at the strictest threshold that takes a quarter of the
//! group, and enough for one wrong answer to be allowed. That start is read from how many messages are how sure, never
//! from which are wrong. Where the chance of a wrong answer does not rise with the confidence, the guarantee is exact
//! with such a start too: at the first threshold that breaks the promise, the messages above its true place are wrong
//! with the allowed chance and those below it with a higher one, however many there are of each. The simulations of
//! this crate's tests hold it to its word, and also with a risk that moves up and down.
//!
//! # Examples
//!
//! ```
//! use fenliu_calibrate::{Aim, Choice, Range, Seen, choose};
//!
//! // Whoever is surer is righter: of 100 messages at 0.95 one is wrong, of 100 at 0.60 every second.
//! let sure = (0..100).map(|nth| Seen { confidence: 0.95, wrong: nth == 0 });
//! let unsure = (0..100).map(|nth| Seen { confidence: 0.60, wrong: nth % 2 == 0 });
//! let seen: Vec<Seen> = sure.chain(unsure).collect();
//!
//! let aim = Aim::new(0.05, 0.95)?;
//! let Choice::Met(at) = choose(&seen, aim, Range::FULL) else { panic!("expected a threshold") };
//! assert_eq!((at.threshold.to_string(), at.taken, at.wrong), ("0.61".to_owned(), 100, 1));
//! assert!(at.bound < 0.05);
//! # Ok::<(), fenliu_calibrate::AimError>(())
//! ```

mod aim;
mod bound;
mod curve;
mod divide;
mod threshold;
mod walk;

pub use aim::{Aim, AimError};
pub use bound::{tail, upper_bound};
pub use curve::{Point, curve};
pub use divide::{By, Group, Guarantee, Member, Plan, divide};
pub use threshold::{Range, Threshold};
pub use walk::{At, Choice, Seen, at, choose};
