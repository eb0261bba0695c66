//! The parts of an export that are one's own wherever they stand: sessions, passkeys, files, shouts, reports.

use crate::auth::PasskeyFacts;
use crate::engine::EngineError;
use crate::engine::export::{Export, Exported, Stage};
use crate::{FileId, ReportId, ShoutId};

/// Most things that are read at once.
const AT_ONCE: usize = 200;

impl Export {
    /// The visitor's roles here, each once.
    pub(super) fn roles(&self) -> Vec<String> {
        let held = self.visitor.session().roles(self.visitor.front());
        let mut names: Vec<String> = Vec::new();
        for role in held.iter().map(|held| &held.role.name) {
            if !names.contains(role) {
                names.push(role.clone());
            }
        }
        names
    }

    pub(super) async fn sessions(&self) -> Result<Vec<Exported>, EngineError> {
        let (account, now) = (self.visitor.account(), self.engine.clock.now());
        let sessions = self.engine.store.sessions_of(account, now).await?.into_iter();
        let own = sessions.map(|session| Exported::Session {
            id: session.id,
            front: session.front,
            proof: session.standing.proof.as_str(),
            current: session.id == self.visitor.session().id(),
            created_at: session.created_at,
            seen_at: session.seen_at,
            expires_at: session.expires_at,
        });
        Ok(own.collect())
    }

    pub(super) async fn passkeys(&self) -> Result<Vec<Exported>, EngineError> {
        let own = self.engine.passkeys(&self.visitor).await?.passkeys.into_iter();
        let passkey = own.map(|PasskeyFacts { id, name, made_at, used_at }| Exported::Passkey {
            id,
            name,
            made_at,
            used_at,
        });
        Ok(passkey.collect())
    }

    pub(super) async fn files(&mut self, after: Option<FileId>) -> Result<Vec<Exported>, EngineError> {
        let (community, account) = (self.visitor.community(), self.visitor.account());
        let files = self.engine.store.files_by(community, account, after, AT_ONCE).await?;
        self.stage = match files.last() {
            Some(last) if files.len() == AT_ONCE => Stage::Files(Some(last.id)),
            _ => Stage::Shouts(None),
        };
        let own = files.into_iter().map(|file| Exported::File {
            id: file.id,
            name: file.name.as_str().to_owned(),
            size: file.size,
            media_type: file.media_type.as_str(),
            conversation: file.conversation,
            path: format!("files/{}", file.id),
            created_at: file.created_at,
        });
        Ok(own.collect())
    }

    pub(super) async fn shouts(&mut self, after: Option<ShoutId>) -> Result<Vec<Exported>, EngineError> {
        let (community, account) = (self.visitor.community(), self.visitor.account());
        let shouts = self.engine.store.shouts_by(community, account, after, AT_ONCE).await?;
        self.stage = match shouts.last() {
            Some(last) if shouts.len() == AT_ONCE => Stage::Shouts(Some(last.shout.id)),
            _ => Stage::Reports(None),
        };
        let own = shouts.into_iter().map(|tally| Exported::Shout {
            id: tally.shout.id,
            wall: tally.shout.wall,
            text: tally.shout.text,
            state: tally.shout.state,
            up: tally.up,
            down: tally.down,
            at: tally.shout.at,
        });
        Ok(own.collect())
    }

    pub(super) async fn reports(&mut self, after: Option<ReportId>) -> Result<Vec<Exported>, EngineError> {
        let reports = self.engine.store.reports_by(self.visitor.account(), after, AT_ONCE).await?;
        self.stage = match reports.last() {
            Some(last) if reports.len() == AT_ONCE => Stage::Reports(Some(last.id)),
            _ => Stage::End,
        };
        let here = reports.into_iter().filter(|report| report.community == *self.visitor.community());
        // Who decided and in which words is the moderators' own.
        let own = here.map(|report| Exported::Report {
            id: report.id,
            front: report.front,
            target: report.target,
            text: report.text,
            created_at: report.created_at,
            closed_at: report.closed.map(|closure| closure.at),
        });
        Ok(own.collect())
    }
}
