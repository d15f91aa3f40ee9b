//! The one thread that writes: what many runs hand in meanwhile shares one transaction and one flush.
//!
//! In: jobs, in order. Out: each job's result, after the flush. A job that is refused takes back only what it did; when
//! the file itself fails, nobody of the transaction is told that anything was written.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use futures::channel::oneshot;
use rusqlite::Connection;

use super::schema;
use crate::error::Error;

/// No more jobs than that share a transaction.
const MOST_TOGETHER: usize = 1024;

/// Something to be done within a transaction.
trait Job: Send {
    fn work(&mut self, connection: &Connection) -> Result<(), Error>;
    /// Tells how it ended, once that is certain.
    fn tell(self: Box<Self>, outcome: Result<(), Error>);
}

struct Asked<T, F> {
    work: Option<F>,
    value: Option<T>,
    reply: oneshot::Sender<Result<T, Error>>,
}

impl<T, F> Job for Asked<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> Result<T, Error> + Send,
{
    fn work(&mut self, connection: &Connection) -> Result<(), Error> {
        if let Some(work) = self.work.take() {
            self.value = Some(work(connection)?);
        }
        Ok(())
    }

    fn tell(self: Box<Self>, outcome: Result<(), Error>) {
        let answer = match (outcome, self.value) {
            (Ok(()), Some(value)) => Ok(value),
            (Ok(()), None) => Err(Error::NoProgress),
            (Err(error), _) => Err(error),
        };
        // Who asked may have gone; what was written stays.
        let _ = self.reply.send(answer);
    }
}

/// The handle on the writing thread. It ends when this is dropped, after what was handed in before.
#[derive(Debug)]
pub(super) struct Writer {
    jobs: Option<Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
    path: PathBuf,
}

impl Writer {
    pub(super) fn start(path: PathBuf, connection: Connection, together: bool) -> Self {
        let (jobs, handed_in) = channel();
        let most = if together { MOST_TOGETHER } else { 1 };
        let file = path.clone();
        let thread = std::thread::spawn(move || write_all(&file, &connection, &handed_in, most));
        Self {
            jobs: Some(jobs),
            thread: Some(thread),
            path,
        }
    }

    /// Hands in work; the answer comes once it is on the disk.
    pub(super) fn ask<T, F>(
        &self,
        work: F,
    ) -> impl Future<Output = Result<T, Error>> + Send + 'static + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Asked {
            work: Some(work),
            value: None,
            reply,
        };
        if let Some(jobs) = &self.jobs {
            let job: Box<dyn Job> = Box::new(job);
            let _ = jobs.send(job);
        }
        let file = self.path.display().to_string();
        async move {
            answer.await.unwrap_or_else(|_| {
                Err(Error::JournalFailed {
                    file,
                    message: "its writing thread has ended".to_owned(),
                })
            })
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn write_all(
    path: &std::path::Path,
    connection: &Connection,
    jobs: &Receiver<Box<dyn Job>>,
    most: usize,
) {
    while let Ok(first) = jobs.recv() {
        let mut together = vec![first];
        while together.len() < most {
            match jobs.try_recv() {
                Ok(job) => together.push(job),
                Err(_) => break,
            }
        }
        write_together(path, connection, together);
    }
}

fn write_together(path: &std::path::Path, connection: &Connection, mut jobs: Vec<Box<dyn Job>>) {
    let outcome = transaction(path, connection, &mut jobs);
    match outcome {
        Ok(outcomes) => {
            for (job, outcome) in jobs.into_iter().zip(outcomes) {
                job.tell(outcome);
            }
        }
        Err(error) => {
            if !connection.is_autocommit() {
                let _ = connection.execute_batch("ROLLBACK");
            }
            for job in jobs {
                job.tell(Err(error.clone()));
            }
        }
    }
}

/// The outcome of each job; an error is one of the file, and then none was written.
fn transaction(
    path: &std::path::Path,
    connection: &Connection,
    jobs: &mut [Box<dyn Job>],
) -> Result<Vec<Result<(), Error>>, Error> {
    let run = |text: &str| {
        connection
            .prepare_cached(text)
            .and_then(|mut statement| statement.execute([]))
            .map_err(|error| schema::failed(path, &error))
    };
    run("BEGIN IMMEDIATE")?;
    let mut outcomes = Vec::with_capacity(jobs.len());
    for job in jobs {
        run("SAVEPOINT job")?;
        let outcome = job.work(connection);
        match &outcome {
            Ok(()) => {}
            Err(error) if error.is_of_the_file() => return Err(error.clone()),
            Err(_) => {
                run("ROLLBACK TO job")?;
            }
        }
        run("RELEASE job")?;
        outcomes.push(outcome);
    }
    run("COMMIT")?;
    Ok(outcomes)
}
