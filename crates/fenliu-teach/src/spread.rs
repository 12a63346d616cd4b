//! Spreads jobs over the cores; nothing of teaching is known here.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The results of `job(0..count)` in order, or the error of the first job that failed; as many at once as there are
/// cores.
pub(crate) fn spread<T: Send, E: Send>(count: usize, job: impl Fn(usize) -> Result<T, E> + Sync) -> Result<Vec<T>, E> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get).min(count.max(1));
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return done;
            }
            done.push((index, job(index)));
        }
    };
    let mut all: Vec<(usize, Result<T, E>)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    all.sort_by_key(|(index, _)| *index);
    all.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_order_and_the_first_error_counts() {
        assert_eq!(
            spread(100, |index| Ok::<_, usize>(index * 2)).unwrap(),
            (0..100).map(|i| i * 2).collect::<Vec<_>>()
        );
        assert_eq!(spread(100, |index| if index > 41 { Err(index) } else { Ok(()) }), Err(42));
        assert_eq!(spread(0, Err::<(), usize>), Ok(vec![]));
    }
}
