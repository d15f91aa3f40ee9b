//! When a call is sent again by itself: only where it certainly took no effect, or changes nothing.

use std::future::Future;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use samos_mapping::Answer;

use crate::driver::{SendError, SendOptions};
use crate::limits::Limits;

const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
const MOST_TIMES: usize = 4;

/// Growing waits between tries, until the deadline.
pub(crate) fn waits(deadline: Duration) -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(FIRST_WAIT)
        .with_max_delay(LONGEST_WAIT)
        .with_max_times(MOST_TIMES)
        .with_total_delay(Some(deadline))
        .with_jitter()
}

/// Sends, and sends again after growing waits while that is safe, the deadline allows it, and a moment may help.
/// Each try waits for its turn in the region.
pub(crate) async fn while_safe<F, A>(
    options: &SendOptions,
    (limits, region): (&Limits, &str),
    send: F,
) -> Result<Answer, SendError>
where
    F: Fn() -> A,
    A: Future<Output = Result<Answer, SendError>>,
{
    let send = async || {
        limits.wait(region).await;
        send().await
    };
    send.retry(waits(options.deadline))
        .sleep(tokio::time::sleep)
        .when(|error| match error {
            SendError::Unreachable { .. } => true,
            SendError::Lost { .. } => options.information,
            SendError::NotSent { .. }
            | SendError::NotSignedIn { .. }
            | SendError::Malformed { .. } => false,
        })
        .await
}
