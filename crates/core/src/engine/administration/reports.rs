use std::sync::Arc;
use std::time::Duration;

use crate::account::Account;
use crate::administration::{
    Actor, Change, Closure, Decision, Place, REPORTS_PER_HOUR, Report, ReportFilter, ReportRefusal,
    ReportTarget,
};
use crate::engine::{Engine, EngineError, Visitor};
use crate::messaging::{Message, MessageVersion, Sequence, check_text};
use crate::{AccountId, ConversationId, ReportId, Timestamp};

use super::waiting::Waiting;
use super::{NewMute, reason};

/// How many messages before a reported one are shown to those who decide.
const CONTEXT: usize = 5;
/// Longest text of a report, in bytes.
const MAX_REPORT: usize = 2000;
const HOUR: Duration = Duration::from_secs(3600);
/// How long a decision mutes for when it doesn't say.
const MUTED_FOR: Duration = Duration::from_secs(24 * 3600);

/// What is reported.
#[derive(Debug, Clone, Copy)]
pub enum NewReport {
    /// A message that the reporter can read.
    Message(ConversationId, Sequence),
    /// A person that the reporter can find.
    Account(AccountId),
}

/// What is decided over a report.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The decision.
    pub decision: Decision,
    /// Why: for the other moderators, and for the muted or kicked.
    pub text: Option<String>,
    /// When a mute is over; `None` = in a day.
    pub until: Option<Timestamp>,
}

/// A report as those see it who decide.
#[derive(Debug, Clone)]
pub struct ReportCard {
    /// The report.
    pub report: Report,
    /// Who filed it, if they still exist.
    pub reporter: Option<Account>,
    /// Whom it is about, if they still exist.
    pub person: Option<Account>,
    /// The reported message and those before it; only of one report that was asked for by itself.
    pub messages: Vec<Message>,
}

impl Engine {
    /// Files a report with the moderators of the visitor's front.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for what the visitor can't see; [`EngineError::Repeated`] for what they have reported
    /// before; [`EngineError::TooOften`].
    pub async fn file_report(
        &self,
        visitor: &Visitor,
        what: NewReport,
        text: String,
    ) -> Result<ReportId, EngineError> {
        self.members_only(visitor)?;
        check_text(&text, None)?;
        if text.len() > MAX_REPORT {
            return Err(EngineError::Unacceptable(format!("a report has at most {MAX_REPORT} bytes")));
        }
        let target = self.reported(visitor, what).await?;
        if target.person() == visitor.account() {
            return Err(EngineError::Unacceptable("this is you yourself".into()));
        }
        let now = self.clock.now();
        let report = Report {
            id: ReportId::generate(now),
            community: visitor.community().clone(),
            front: visitor.front().id.clone(),
            reporter: visitor.account(),
            target,
            text,
            created_at: now,
            closed: None,
        };
        match self.store.file_report(&report, REPORTS_PER_HOUR, now.minus(HOUR)).await? {
            Ok(()) => {
                self.tell_that_one_waits(visitor.front(), Waiting::Report).await;
                Ok(report.id)
            }
            Err(ReportRefusal::Repeated) => {
                Err(EngineError::Repeated("you have reported this already".into()))
            }
            Err(ReportRefusal::TooMany { oldest }) => {
                Err(EngineError::TooOften { retry_after: oldest.plus(HOUR).since(now) })
            }
        }
    }

    async fn reported(&self, visitor: &Visitor, what: NewReport) -> Result<ReportTarget, EngineError> {
        match what {
            NewReport::Account(account) => {
                let person = self.person(visitor, account).await;
                if person.is_err() && !self.shares_room(visitor, account).await? {
                    return Err(EngineError::NotFound);
                }
                Ok(ReportTarget::Account { account })
            }
            NewReport::Message(conversation, message) => {
                if !self.may_read(visitor, conversation, message).await? {
                    return Err(EngineError::NotFound);
                }
                let found = self.store.message(conversation, message).await?.ok_or(EngineError::NotFound)?;
                Ok(ReportTarget::Message { conversation, message, sender: found.sender })
            }
        }
    }

    /// Reports, for administrators.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn reports(&self, filter: &ReportFilter) -> Result<Vec<ReportCard>, EngineError> {
        let mut cards = Vec::new();
        for report in self.store.reports(filter).await? {
            cards.push(self.card(report).await?);
        }
        Ok(cards)
    }

    /// Reports that were filed through the visitor's front.
    ///
    /// # Errors
    /// [`EngineError::NotPermitted`] without the option `moderator`.
    pub async fn reports_here(
        &self,
        visitor: &Visitor,
        filter: ReportFilter,
    ) -> Result<Vec<ReportCard>, EngineError> {
        self.moderator(visitor)?;
        self.reports(&ReportFilter { front: Some(visitor.front().id.clone()), ..filter }).await
    }

    async fn card(&self, report: Report) -> Result<ReportCard, EngineError> {
        let reporter = self.store.account(report.reporter).await?;
        let person = self.store.account(report.target.person()).await?;
        Ok(ReportCard { report, reporter, person, messages: Vec::new() })
    }

    /// One report with the message it is about and those before it. That somebody read them is written down.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]
    pub async fn report(&self, by: &Actor, id: ReportId) -> Result<ReportCard, EngineError> {
        let report = self.store.report(id).await?.ok_or(EngineError::NotFound)?;
        let mut card = self.card(report).await?;
        if let ReportTarget::Message { conversation, message, .. } = card.report.target {
            let mut entry = self.audit_entry(by, "report-read").on("report", id);
            entry.front = Some(card.report.front.clone());
            self.record(entry).await?;
            let upto = Sequence::new(message.get().saturating_add(1));
            card.messages = self.store.history(conversation, Some(upto), CONTEXT + 1).await?;
        }
        Ok(card)
    }

    /// The texts that a reported message had before it was edited or deleted, oldest first. That somebody read them is
    /// written down.
    ///
    /// # Errors
    /// [`EngineError::NotFound`], also for a report about no message.
    pub async fn reported_texts(&self, by: &Actor, id: ReportId) -> Result<Vec<MessageVersion>, EngineError> {
        let report = self.store.report(id).await?.ok_or(EngineError::NotFound)?;
        let ReportTarget::Message { conversation, message, .. } = report.target else {
            return Err(EngineError::NotFound);
        };
        let found = self.store.message(conversation, message).await?.ok_or(EngineError::NotFound)?;
        self.read_versions(by, &found, Some(id)).await
    }

    /// The same of a report of the visitor's front.
    ///
    /// # Errors
    /// As [`reported_texts`](Self::reported_texts); [`EngineError::NotPermitted`] without the option `moderator`.
    pub async fn reported_texts_here(
        &self,
        visitor: &Visitor,
        id: ReportId,
    ) -> Result<Vec<MessageVersion>, EngineError> {
        let by = self.named_moderator(visitor).await?;
        self.is_here(visitor, id).await?;
        self.reported_texts(&by, id).await
    }

    /// One report of the visitor's front.
    ///
    /// # Errors
    /// As [`report`](Self::report); [`EngineError::NotPermitted`] without the option `moderator`.
    pub async fn report_here(&self, visitor: &Visitor, id: ReportId) -> Result<ReportCard, EngineError> {
        let by = self.named_moderator(visitor).await?;
        self.is_here(visitor, id).await?;
        self.report(&by, id).await
    }

    async fn is_here(&self, visitor: &Visitor, id: ReportId) -> Result<(), EngineError> {
        let report = self.store.report(id).await?;
        report.filter(|report| report.front == visitor.front().id).map(drop).ok_or(EngineError::NotFound)
    }

    /// Decides over a report of the visitor's front.
    ///
    /// # Errors
    /// As [`decide_report`](Self::decide_report); [`EngineError::NotPermitted`] without the option `moderator`.
    pub async fn decide_here(
        &self,
        visitor: &Visitor,
        id: ReportId,
        verdict: Verdict,
    ) -> Result<ReportCard, EngineError> {
        let by = self.named_moderator(visitor).await?;
        self.is_here(visitor, id).await?;
        self.decide_report(&by, id, verdict).await
    }

    /// Removes a message from any conversation: its place stays, its text goes.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]
    pub async fn remove_any_message(
        &self,
        by: &Actor,
        id: ConversationId,
        message: Sequence,
    ) -> Result<(), EngineError> {
        let load = || async { Ok(self.store.conversation(id).await?.map(Arc::new)) };
        let conversation = self.conversations.get(&id, load).await?.ok_or(EngineError::NotFound)?;
        let found = self.store.message(id, message).await?.ok_or(EngineError::NotFound)?;
        let remover = match by.id {
            Some(account) => account,
            None => self.sender().await?.id,
        };
        self.remove_message(by, remover, &conversation, &found).await
    }

    /// Decides over a report: does what is decided, and closes it. Of two who decide at once one does; one at a time, because
    /// what is done is more than a row of the report.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]; [`EngineError::Conflict`] when it is closed; [`EngineError::Unacceptable`].
    pub async fn decide_report(
        &self,
        by: &Actor,
        id: ReportId,
        verdict: Verdict,
    ) -> Result<ReportCard, EngineError> {
        let text = reason(verdict.text)?;
        let _turn = self.desk.deciding.lock().await;
        let report = self.store.report(id).await?.ok_or(EngineError::NotFound)?;
        if let Some(closure) = &report.closed {
            return Err(decided(Some(closure)));
        }
        let account = report.target.person();
        match verdict.decision {
            Decision::Dismiss => {}
            Decision::RemoveMessage => match report.target {
                ReportTarget::Message { conversation, message, .. } => {
                    self.remove_any_message(by, conversation, message).await?;
                }
                ReportTarget::Account { .. } => {
                    return Err(EngineError::Unacceptable("this report is about no message".into()));
                }
            },
            Decision::Mute => {
                let until = verdict.until.unwrap_or_else(|| self.clock.now().plus(MUTED_FOR));
                let place = Place::Front(report.front.clone());
                let mute = NewMute { account, place, reason: text.clone(), until: Some(until) };
                self.mute(by, mute).await?;
            }
            Decision::Kick => {
                self.kick(by, account, Some(&report.front), None, text.clone()).await?;
            }
        }
        let closure = Closure { decision: verdict.decision, text, at: self.clock.now(), by: by.name.clone() };
        let mut entry = self.audit_entry(by, "report-decided").on("report", id);
        entry.front = Some(report.front.clone());
        match self.administer(&Change::CloseReport(id, closure), entry).await {
            Err(EngineError::NotFound) => return Err(decided(None)),
            other => other?,
        };
        let report = self.store.report(id).await?.ok_or(EngineError::NotFound)?;
        self.card(report).await
    }
}

fn decided(closure: Option<&Closure>) -> EngineError {
    EngineError::Conflict(match closure {
        Some(Closure { decision, by, .. }) => {
            format!("this report was decided already: {} by {by}", decision.as_str())
        }
        None => "this report was decided already".to_owned(),
    })
}
