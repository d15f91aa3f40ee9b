//! What every driver must do, whatever it speaks: the same cases, played to each by a peer of its own protocol.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "tests"
)]

#[path = "vendor/fetch.rs"]
mod fetch;
#[path = "peers/peers.rs"]
mod peers;
#[path = "peers/scripted.rs"]
mod scripted;

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use peers::{Act, Peer, SECRET, Speaks};
use samos_drivers::{Driver, SendError, SendOptions};
use samos_mapping::{Answer, Call};

const ALL: [Speaks; 4] = [Speaks::Aws, Speaks::Rest, Speaks::Libvirt, Speaks::Haproxy];

fn waited<T>(of: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(of)
}

fn changing() -> SendOptions {
    SendOptions {
        deadline: Duration::from_secs(5),
        ..SendOptions::default()
    }
}

/// Sends; whatever goes wrong, no secret is in what is said of it.
async fn send(
    driver: &dyn Driver,
    call: &Call,
    options: &SendOptions,
) -> Result<Answer, SendError> {
    let answer = driver.send(call, options).await;
    if let Err(error) = &answer {
        let said = format!("{error} {error:?}");
        assert!(!said.contains(SECRET), "{said}");
    }
    answer
}

/// Sends one change to a peer that does this; gives what came, and how often the change was heard.
fn changed(speaks: Speaks, act: Act) -> (Result<Answer, SendError>, usize) {
    let peer = Peer::play(speaks, vec![act, Act::Answer]);
    let answer = waited(send(&*peer.driver, &speaks.change(), &changing()));
    (answer, peer.heard())
}

#[test]
fn a_change_is_sent_and_answered_once() {
    for speaks in ALL {
        let (answer, heard) = changed(speaks, Act::Answer);
        let answer = answer.unwrap_or_else(|error| panic!("{speaks:?}: {error}"));
        assert_eq!((answer.error, heard), (None, 1), "{speaks:?}");
    }
}

#[test]
fn a_call_of_another_kind_never_leaves() {
    for speaks in ALL {
        for other in ALL.into_iter().filter(|other| *other != speaks) {
            let peer = Peer::play(speaks, vec![Act::Answer]);
            let error = waited(send(&*peer.driver, &other.change(), &changing())).unwrap_err();
            assert!(
                matches!(error, SendError::NotSent { .. }),
                "{speaks:?}: {error}"
            );
            let (call, options) = (other.change(), changing());
            let shown = waited(peer.driver.preview(&call, &options, false));
            assert!(shown.is_err(), "{speaks:?} shows a call of {other:?}");
            assert_eq!(peer.heard(), 0, "{speaks:?}");
        }
    }
}

#[test]
fn where_nobody_listens_nothing_took_effect() {
    for speaks in ALL {
        let driver = speaks.driver_to_nobody();
        let options = SendOptions {
            deadline: Duration::from_millis(300),
            ..changing()
        };
        let error = waited(send(&*driver, &speaks.change(), &options)).unwrap_err();
        assert!(
            matches!(error, SendError::Unreachable { .. }),
            "{speaks:?}: {error}"
        );
        assert!(!error.may_have_taken_effect());
    }
}

#[test]
fn a_change_whose_answer_is_lost_may_have_taken_effect_and_is_not_sent_again() {
    for speaks in ALL {
        let (answer, heard) = changed(speaks, Act::HangUp);
        let error = answer.unwrap_err();
        assert!(
            matches!(error, SendError::Lost { .. }),
            "{speaks:?}: {error}"
        );
        assert_eq!(heard, 1, "{speaks:?}");
    }
}

#[test]
fn a_question_whose_answer_is_lost_is_asked_again() {
    for speaks in ALL {
        let peer = Peer::play(speaks, vec![Act::HangUp, Act::HangUp, Act::Answer]);
        let options = SendOptions {
            information: true,
            ..changing()
        };
        let answer = waited(send(&*peer.driver, &speaks.question(), &options));
        answer.unwrap_or_else(|error| panic!("{speaks:?}: {error}"));
        assert_eq!(peer.heard(), 3, "{speaks:?}");
    }
}

#[test]
fn the_deadline_ends_what_is_never_answered() {
    for speaks in ALL {
        let peer = Peer::play(speaks, vec![Act::Silence]);
        let options = SendOptions {
            deadline: Duration::from_millis(200),
            ..SendOptions::default()
        };
        let began = Instant::now();
        let error = waited(send(&*peer.driver, &speaks.change(), &options)).unwrap_err();
        assert!(
            matches!(error, SendError::Lost { .. }),
            "{speaks:?}: {error}"
        );
        assert!(began.elapsed() < Duration::from_secs(5), "{speaks:?}");
        assert_eq!(peer.heard(), 1, "{speaks:?}");
    }
}

#[test]
fn an_answer_that_cannot_be_read_is_no_answer_and_the_change_not_repeated() {
    for speaks in ALL {
        for act in [Act::Garbage, Act::Cut, Act::Endless] {
            let (answer, heard) = changed(speaks, act);
            let error = match answer {
                Err(error) => error,
                Ok(answer) => panic!("{speaks:?} {act:?}: {answer:?}"),
            };
            assert!(error.may_have_taken_effect(), "{speaks:?} {act:?}: {error}");
            if act == Act::Endless {
                let is_malformed = matches!(error, SendError::Malformed { .. });
                assert!(is_malformed, "{speaks:?}: {error}");
            }
            assert_eq!(heard, 1, "{speaks:?} {act:?}");
        }
    }
}

#[test]
fn a_no_is_an_answer() {
    for speaks in ALL {
        let (answer, heard) = changed(speaks, Act::Refuse);
        let answer = answer.unwrap_or_else(|error| panic!("{speaks:?}: {error}"));
        assert!(speaks.is_refusal(&answer), "{speaks:?}: {answer:?}");
        assert_eq!(heard, 1, "{speaks:?}");
    }
}

#[test]
fn who_gives_up_waiting_leaves_the_driver_in_order() {
    for speaks in ALL {
        let peer = Peer::play(speaks, vec![Act::Silence, Act::Answer]);
        waited(async {
            let call = speaks.change();
            let options = changing();
            let waiting = send(&*peer.driver, &call, &options);
            let given_up = tokio::time::timeout(Duration::from_millis(100), waiting);
            assert!(given_up.await.is_err(), "{speaks:?}");
            let next = send(&*peer.driver, &speaks.change(), &changing()).await;
            next.unwrap_or_else(|error| panic!("{speaks:?}: {error}"));
        });
        assert_eq!(peer.heard(), 2, "{speaks:?}");
    }
}

#[test]
fn what_is_shown_is_not_sent_and_hides_who_asks() {
    for speaks in ALL {
        let peer = Peer::play(speaks, vec![Act::Answer]);
        for signed in [false, true] {
            let (call, options) = (speaks.change(), changing());
            let shown = waited(peer.driver.preview(&call, &options, signed));
            let shown = shown.unwrap().expect("where it goes is known");
            assert!(
                !shown.address.is_empty() && !shown.body.is_empty(),
                "{speaks:?}"
            );
            assert!(!format!("{shown:?}").contains(SECRET), "{speaks:?}");
        }
        assert_eq!(peer.heard(), 0, "{speaks:?}");
    }
}

#[test]
fn no_more_is_sent_in_a_second_than_the_account_says() {
    for speaks in ALL {
        let per_second = NonZeroU32::new(4).unwrap();
        let peer = Peer::limited(speaks, vec![Act::Answer; 6], per_second);
        let began = Instant::now();
        waited(async {
            for _ in 0..6 {
                let sent = send(&*peer.driver, &speaks.change(), &changing()).await;
                sent.unwrap_or_else(|error| panic!("{speaks:?}: {error}"));
            }
        });
        // Four at once, then one each quarter of a second.
        assert!(began.elapsed() >= Duration::from_millis(400), "{speaks:?}");
        assert_eq!(peer.heard(), 6, "{speaks:?}");
    }
}
