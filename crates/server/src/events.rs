//! What happens, as a stream: server-sent events whose data are CloudEvents, resumed by `Last-Event-ID`.
//!
//! In: what runs, changes and plans report. Out: the same to every reader, from a log of bounded length. A reader has a
//! place in the log and no queue of its own, so one that is slow costs nothing; one that falls behind the log's beginning is
//! told how much it missed. Not here: deciding what is worth an event.

pub(crate) mod stream;

use std::collections::VecDeque;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use tokio::sync::watch;

use crate::clock;

/// One thing that happened.
#[derive(Debug)]
pub(crate) struct Happened {
    /// Counts up, never used twice as long as the log's file lives.
    pub(crate) number: u64,
    /// `run.transition` and such.
    pub(crate) kind: String,
    /// What it is about: a run, a plan.
    pub(crate) subject: String,
    /// The CloudEvent, in one line.
    pub(crate) text: String,
}

/// The last things that happened.
pub(crate) struct EventLog {
    kept: usize,
    file: Option<PathBuf>,
    inner: Mutex<Inner>,
    latest: watch::Sender<u64>,
}

#[derive(Default)]
struct Inner {
    events: VecDeque<Arc<Happened>>,
    next: u64,
    lines: usize,
}

/// What a reader gets next.
pub(crate) enum Next {
    /// Events, the oldest first.
    Events(Vec<Arc<Happened>>),
    /// That many were dropped before the reader came to them; the log begins at this number.
    Missed { count: u64, from: u64 },
    /// Nothing yet.
    Nothing,
}

/// How many events a reader takes at once.
const AT_ONCE: usize = 64;

impl EventLog {
    /// A log of bounded length; what its file holds is read.
    pub(crate) fn open(kept: usize, file: Option<PathBuf>) -> Self {
        let mut inner = Inner {
            next: 1,
            ..Inner::default()
        };
        let text = file.as_ref().and_then(|path| fs::read_to_string(path).ok());
        for line in text.iter().flat_map(|text| text.lines()) {
            inner.lines += 1;
            // Half a line, which a crash may leave, was shown to nobody who could come back for it.
            let Some(event) = read(line) else { continue };
            inner.next = event.number + 1;
            inner.events.push_back(Arc::new(event));
            if inner.events.len() > kept {
                inner.events.pop_front();
            }
        }
        let latest = watch::Sender::new(inner.next - 1);
        Self {
            kept,
            file,
            inner: Mutex::new(inner),
            latest,
        }
    }

    /// Tells all readers.
    pub(crate) fn tell(&self, kind: &str, subject: &str, data: &Value) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let number = inner.next;
        inner.next += 1;
        let text = json!({
            "specversion": "1.0",
            "id": number.to_string(),
            "source": "/events",
            "type": format!("io.samos.{kind}"),
            "subject": subject,
            "time": clock::now(),
            "datacontenttype": "application/json",
            "data": data,
        })
        .to_string();
        self.keep(&mut inner, &text);
        inner.events.push_back(Arc::new(Happened {
            number,
            kind: kind.to_owned(),
            subject: subject.to_owned(),
            text,
        }));
        if inner.events.len() > self.kept {
            inner.events.pop_front();
        }
        drop(inner);
        self.latest.send_replace(number);
    }

    /// Writes an event to the file, which is begun anew when it has become twice as long as the log.
    fn keep(&self, inner: &mut Inner, text: &str) {
        let Some(path) = &self.file else { return };
        let result = if inner.lines >= self.kept.saturating_mul(2) {
            let mut all: String = inner.events.iter().fold(String::new(), |mut all, event| {
                all.push_str(&event.text);
                all.push('\n');
                all
            });
            all.push_str(text);
            all.push('\n');
            inner.lines = inner.events.len() + 1;
            let draft = path.with_extension("draft");
            fs::write(&draft, all).and_then(|()| fs::rename(&draft, path))
        } else {
            inner.lines += 1;
            let file = fs::OpenOptions::new().create(true).append(true).open(path);
            file.and_then(|mut file| file.write_all(format!("{text}\n").as_bytes()))
        };
        if let Err(error) = result {
            tracing::warn!(%error, path = %path.display(), "an event was not kept");
        }
    }

    /// What comes after a number.
    pub(crate) fn after(&self, number: u64) -> Next {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(first) = inner.events.front().map(|event| event.number) else {
            return Next::Nothing;
        };
        if number + 1 < first {
            return Next::Missed {
                count: first - 1 - number,
                from: first,
            };
        }
        let skip = usize::try_from(number + 1 - first).unwrap_or(usize::MAX);
        let events: Vec<Arc<Happened>> = inner
            .events
            .iter()
            .skip(skip)
            .take(AT_ONCE)
            .cloned()
            .collect();
        if events.is_empty() {
            Next::Nothing
        } else {
            Next::Events(events)
        }
    }

    /// The number of the newest event.
    pub(crate) fn latest(&self) -> u64 {
        *self.latest.borrow()
    }

    /// Is told whenever there is a new one.
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.latest.subscribe()
    }
}

fn read(line: &str) -> Option<Happened> {
    let value: Value = serde_json::from_str(line).ok()?;
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    Some(Happened {
        number: text("id")?.parse().ok()?,
        kind: text("type")?.strip_prefix("io.samos.")?.to_owned(),
        subject: text("subject")?.to_owned(),
        text: line.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::{EventLog, Next};
    use serde_json::json;

    fn numbers(next: &Next) -> Vec<u64> {
        match next {
            Next::Events(events) => events.iter().map(|event| event.number).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn who_comes_back_gets_what_came_since_or_is_told_what_is_gone() {
        let log = EventLog::open(3, None);
        assert!(matches!(log.after(0), Next::Nothing));
        for _ in 0..5 {
            log.tell("run.transition", "r-1", &json!({}));
        }
        assert_eq!(numbers(&log.after(2)), [3, 4, 5]);
        assert_eq!(numbers(&log.after(4)), [5]);
        assert!(matches!(log.after(5), Next::Nothing));
        assert!(matches!(log.after(0), Next::Missed { count: 2, from: 3 }));
    }

    #[test]
    fn numbers_go_on_after_a_restart_and_half_a_line_is_forgotten() {
        let folder = std::env::temp_dir().join(format!("samos-events-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("events.jsonl");
        let log = EventLog::open(4, Some(path.clone()));
        for _ in 0..20 {
            log.tell("plan.saved", "sha256:0", &json!({"a": 1}));
        }
        let mut text = std::fs::read_to_string(&path).unwrap();
        assert!(text.lines().count() <= 8, "{text}");
        text.push_str("{\"id\": \"2");
        std::fs::write(&path, text).unwrap();
        let again = EventLog::open(4, Some(path));
        assert_eq!(numbers(&again.after(18)), [19, 20]);
        again.tell("plan.saved", "sha256:1", &json!({}));
        assert_eq!(again.latest(), 21);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
