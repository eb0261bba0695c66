//! Letters on their way: written after the answer, a few at a time, and once more when the mail server is out.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use crate::auth::{BoxError, IssuedToken};
use crate::front::{Front, FrontId};
use crate::ports::{Letter, Mailer};

/// Letters that may be on their way; beyond it a wish for one is dropped, and told so in the log.
const ON_THEIR_WAY: usize = 1024;
/// Letters that are handed to the mail server at a time.
const HANDED_OVER: usize = 8;
/// How long a letter that the mail server could not take rests before each further attempt.
const AGAIN_AFTER: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(15), Duration::from_secs(120)];

/// How long a server that stops waits for letters.
const LAST_COLLECTION: Duration = Duration::from_secs(5);

/// Where letters leave the house. What is on its way is in memory: a letter that the mail server does not take before the
/// server stops must be asked for again.
#[derive(Debug, Clone)]
pub(super) struct Post {
    /// The house's own: that of a caller may end before the letter is gone.
    runtime: Handle,
    on_their_way: Arc<Semaphore>,
    handed_over: Arc<Semaphore>,
}

impl Post {
    pub(super) fn new(runtime: Handle) -> Self {
        Self {
            runtime,
            on_their_way: Arc::new(Semaphore::new(ON_THEIR_WAY)),
            handed_over: Arc::new(Semaphore::new(HANDED_OVER)),
        }
    }

    /// Writes letters and sends them while the caller goes on. Nobody learns how it ended but the log. `false` when too many
    /// are on their way: then nothing is written.
    pub(super) fn send(
        &self,
        mailer: Arc<dyn Mailer>,
        front: FrontId,
        letters: impl Future<Output = Result<Vec<Letter>, BoxError>> + Send + 'static,
    ) -> bool {
        let Ok(place) = Arc::clone(&self.on_their_way).try_acquire_owned() else {
            tracing::warn!(front.id = %front, "too many letters are on their way; a wish for another one is dropped");
            return false;
        };
        let post = self.clone();
        self.runtime.spawn(async move {
            let _place = place;
            match letters.await {
                Ok(letters) => {
                    for letter in letters {
                        post.deliver(mailer.as_ref(), &front, &letter).await;
                    }
                }
                Err(error) => tracing::warn!(front.id = %front, %error, "a letter could not be written"),
            }
        });
        true
    }

    /// Waits for the letters that are on their way, but not for a mail server that takes none.
    pub(super) async fn close(&self) {
        let all = u32::try_from(ON_THEIR_WAY).unwrap_or(u32::MAX);
        if tokio::time::timeout(LAST_COLLECTION, self.on_their_way.acquire_many(all)).await.is_err() {
            let left = ON_THEIR_WAY - self.on_their_way.available_permits();
            tracing::warn!(
                letters = left,
                "letters are lost that no mail server took before the server stopped"
            );
        }
    }

    async fn deliver(&self, mailer: &dyn Mailer, front: &FrontId, letter: &Letter) {
        let mut pauses = AGAIN_AFTER.into_iter();
        loop {
            let sent = {
                // Never closed.
                let _turn = self.handed_over.acquire().await;
                mailer.send(letter).await
            };
            let Err(error) = sent else { return };
            match pauses.next().filter(|_| error.passes) {
                Some(pause) => {
                    tracing::warn!(front.id = %front, %error, again_after = ?pause, "a letter waits");
                    tokio::time::sleep(pause).await;
                }
                None => {
                    tracing::error!(front.id = %front, %error, "a letter could not be sent");
                    return;
                }
            }
        }
    }
}

/// The letter of a template to the person whom a token was made for.
pub(super) fn letter(
    front: &Front,
    template: &str,
    subject: &str,
    issued: &IssuedToken,
    link: &str,
) -> Option<Letter> {
    let to = issued.email.clone()?;
    let until = issued.until.to_string();
    let words =
        [("title", front.title.as_str()), ("login", &issued.login), ("until", &until), ("link", link)];
    Some(Letter::new(to, format!("{}: {subject}", front.title), filled(template, &words)))
}

/// A template with its places filled, once: a name that looks like a place stays a name.
fn filled(template: &str, words: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len() + 256);
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        text.push_str(before);
        let found = behind.split_once('}').and_then(|(name, after)| {
            words.iter().find(|(word, _)| *word == name).map(|(_, value)| (*value, after))
        });
        match found {
            Some((value, after)) => {
                text.push_str(value);
                rest = after;
            }
            None => {
                text.push('{');
                rest = behind;
            }
        }
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::MailError;
    use async_trait::async_trait;
    use std::sync::Mutex;
    use tokio::time::Instant;

    /// Answers as told, then takes everything; keeps when and which.
    #[derive(Debug)]
    struct Scripted {
        answers: Mutex<Vec<Option<bool>>>,
        seen: Mutex<Vec<(Instant, String)>>,
    }

    #[async_trait]
    impl Mailer for Scripted {
        async fn send(&self, letter: &Letter) -> Result<(), MailError> {
            self.seen.lock().unwrap().push((Instant::now(), letter.id.clone()));
            match self.answers.lock().unwrap().pop().flatten() {
                Some(true) => Err(MailError::passing("later")),
                Some(false) => Err(MailError::for_good("never")),
                None => Ok(()),
            }
        }
    }

    /// Seconds between the attempts at one letter.
    async fn pauses(answers: &[Option<bool>]) -> Vec<u64> {
        let answers = Mutex::new(answers.iter().rev().copied().collect());
        let mailer = Arc::new(Scripted { answers, seen: Mutex::default() });
        let letter = Letter::new("ann@example.org".into(), "s".into(), "t".into());
        let front = FrontId::new("im").unwrap();
        Post::new(Handle::current()).send(mailer.clone(), front, async { Ok(vec![letter]) });
        tokio::time::sleep(Duration::from_secs(3600)).await;
        let seen = mailer.seen.lock().unwrap();
        assert!(seen.iter().all(|(_, id)| *id == seen[0].1), "the same letter, with the same id");
        seen.windows(2).map(|pair| (pair[1].0 - pair[0].0).as_secs()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_letter_is_tried_again_while_there_is_hope_and_no_longer() {
        assert_eq!(pauses(&[]).await, [0; 0]);
        assert_eq!(pauses(&[Some(true)]).await, [1]);
        assert_eq!(pauses(&[Some(true), Some(true), None]).await, [1, 15]);
        assert_eq!(pauses(&[Some(true); 9]).await, [1, 15, 120]);
        assert_eq!(pauses(&[Some(false)]).await, [0; 0]);
        assert_eq!(pauses(&[Some(true), Some(false), None]).await, [1]);
    }

    #[derive(Debug)]
    struct Stuck;

    #[async_trait]
    impl Mailer for Stuck {
        async fn send(&self, _: &Letter) -> Result<(), MailError> {
            std::future::pending().await
        }
    }

    #[tokio::test]
    async fn a_mail_server_that_hangs_holds_up_so_many_letters_and_nobody_else() {
        let (post, front) = (Post::new(Handle::current()), FrontId::new("im").unwrap());
        let letter = || Letter::new("ann@example.org".into(), "s".into(), "t".into());
        for _ in 0..ON_THEIR_WAY + 10 {
            post.send(Arc::new(Stuck), front.clone(), async move { Ok(vec![letter()]) });
        }
        assert_eq!(post.on_their_way.available_permits(), 0);
        while post.handed_over.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_letter_outlives_the_runtime_of_whoever_asked_for_it() {
        let post = Post::new(Handle::current());
        let mailer = Arc::new(Scripted { answers: Mutex::default(), seen: Mutex::default() });
        let asked = std::thread::spawn({
            let (post, mailer) = (post.clone(), mailer.clone());
            move || {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                let letter = Letter::new("ann@example.org".into(), "s".into(), "t".into());
                runtime.block_on(async {
                    post.send(mailer, FrontId::new("im").unwrap(), async { Ok(vec![letter]) });
                });
            }
        });
        asked.join().unwrap();
        post.close().await;
        assert_eq!(mailer.seen.lock().unwrap().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_stops_waits_for_letters_but_not_for_a_mail_server_that_hangs() {
        let (post, front) = (Post::new(Handle::current()), FrontId::new("im").unwrap());
        let letter = || Letter::new("ann@example.org".into(), "s".into(), "t".into());
        let mailer = Arc::new(Scripted { answers: Mutex::default(), seen: Mutex::default() });
        post.send(mailer.clone(), front.clone(), async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok(vec![letter()])
        });
        let begun = Instant::now();
        post.close().await;
        assert_eq!(mailer.seen.lock().unwrap().len(), 1);
        assert_eq!(begun.elapsed().as_secs(), 1);
        post.send(Arc::new(Stuck), front, async move { Ok(vec![letter()]) });
        post.close().await;
        assert_eq!(begun.elapsed().as_secs(), 6);
    }

    #[test]
    fn a_name_that_looks_like_a_place_is_not_filled() {
        let words = [("login", "{link}"), ("link", "https://x"), ("title", "T{")];
        assert_eq!(filled("{title} {login}: {link} {other} {", &words), "T{ {link}: https://x {other} {");
    }
}
