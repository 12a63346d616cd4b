//! Routes with what is kept of a conversation.

use std::sync::Arc;

use jiff::Timestamp;

use super::Snapshot;
use crate::engine::{Heard, Setting};
use crate::inquiry::{Conversation, Inquiry, Turn};
use crate::outcome::Outcome;
use crate::store::{ConversationStore, Kept, KeptTurn, Note, Visit};
use crate::text::TextError;
use crate::words::Speaker;

impl Snapshot {
    /// Routes one message. Where a store is set, the conversation has an id and its `turns` hold none of the
    /// customer's, what went before comes from the store, and this message is kept in it; a store that does not answer
    /// in time is a fact of the reading (`without_history`), never a failure.
    ///
    /// # Errors
    ///
    /// As [`crate::Engine::route`].
    pub fn route(&self, inquiry: &Inquiry) -> Result<Outcome, TextError> {
        // What is no message is not kept either.
        Ok(self.route_heard(inquiry, self.engine.hear(&inquiry.text)?))
    }

    /// The same where this snapshot's engine has heard the inquiry's text already.
    #[must_use]
    pub fn route_heard(&self, inquiry: &Inquiry, heard: Heard) -> Outcome {
        let mut setting = Setting { profile: self.profile.clone(), ..Setting::default() };
        let Some((store, id, said)) = self.kept(inquiry) else {
            return self.engine.route_heard(inquiry, heard, &setting);
        };
        let known = match visit(store, (inquiry, said), id) {
            Ok(kept) => {
                setting.turns = Some(kept.turns_total.saturating_add(count(&said.turns)));
                with(inquiry, kept)
            }
            Err(_) => {
                setting.without_history = true;
                inquiry.clone()
            }
        };
        let outcome = self.engine.route_heard(&known, heard, &setting);
        if !outcome.clarify.is_empty() {
            store.note(id, Note::clarified());
        }
        outcome
    }

    /// The store and the conversation, where it is one that the store keeps.
    fn kept<'a>(&'a self, inquiry: &'a Inquiry) -> Option<(&'a Arc<dyn ConversationStore>, &'a str, &'a Conversation)> {
        let conversation = inquiry.conversation.as_ref()?;
        let complete = conversation.turns.iter().any(|turn| turn.speaker == Speaker::Customer);
        let id = conversation.id.as_deref().filter(|id| !id.is_empty() && !complete)?;
        Some((self.store.as_ref()?, id, conversation))
    }
}

fn visit(
    store: &Arc<dyn ConversationStore>,
    (inquiry, said): (&Inquiry, &Conversation),
    id: &str,
) -> Result<Kept, crate::store::StoreError> {
    let shop = said.turns.iter().map(|turn| KeptTurn::new(turn.speaker, turn.text.as_str()));
    let message = KeptTurn::new(Speaker::Customer, inquiry.text.as_str());
    let turns: Vec<KeptTurn> = shop.chain([message]).collect();
    let at = inquiry.received_at.unwrap_or_else(Timestamp::now);
    let visit = Visit::new(id, &turns, at).ai_failures(said.ai_failures);
    let customer = inquiry.customer.as_ref().and_then(|customer| customer.id.as_deref());
    store.visit(&customer.map_or(visit, |customer| visit.customer(customer)))
}

/// The inquiry as if its caller had said what is kept. Where both know a count, the higher.
fn with(inquiry: &Inquiry, kept: Kept) -> Inquiry {
    let mut known = inquiry.clone();
    let conversation = known.conversation.get_or_insert_default();
    let earlier = kept.turns.into_iter().map(|turn| Turn::new(turn.speaker, turn.text));
    conversation.turns = earlier.chain(std::mem::take(&mut conversation.turns)).collect();
    conversation.ai_failures = conversation.ai_failures.max(kept.ai_failures);
    conversation.clarified = conversation.clarified.max(kept.clarified);
    let customer = known.customer.get_or_insert_default();
    customer.contacts_24h = customer.contacts_24h.max(kept.contacts_24h);
    known
}

fn count(turns: &[Turn]) -> u32 {
    u32::try_from(turns.len()).unwrap_or(u32::MAX)
}
