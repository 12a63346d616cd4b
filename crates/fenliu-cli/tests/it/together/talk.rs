//! One conversation, said turn by turn, and what is heard of it.

use fenliu::{ConversationStore, Visit};
use fenliu_client::Client;
use fenliu_client::wire::outcome::Tier;
use fenliu_client::wire::{Conversation, Customer, Inquiry, Outcome, Turn, turn::Speaker};
use fenliu_redis::RedisStore;

/// What the customer says, and what the shop's AI has said before it. The store keeps the last 8 turns: all of these,
/// and room for one that is said twice.
const TURNS: [(Option<&str>, &str); 6] = [
    (None, "什么时候发货"),
    (Some("两天内发货哦"), "能便宜点吗"),
    (None, "什么时候发货"),
    (None, "都等了三天了怎么还没到"),
    (None, "这个面霜孕妇能用吗"),
    (None, "什么时候发货啊"),
];

/// What one instance with a store of its own says of the conversation.
pub(super) struct Reference(Vec<Outcome>);

/// How often a message may stand in the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    Once,
    /// One message of a conversation may be there twice: whoever was asked had kept it and was gone before the answer.
    OnceOrTwice,
}

/// A conversation that is going on, the only one of its customer.
pub(super) struct Talk {
    id: String,
    kept: Kept,
    turn: usize,
    /// How many turns were heard that were not said.
    twice: u32,
}

impl Reference {
    pub(super) async fn of(client: &Client) -> Self {
        let mut outcomes = Vec::new();
        for turn in 0..TURNS.len() {
            outcomes.push(judged(&say(client, "alone", turn).await));
        }
        // What follows compares with these, so that they must be others than without a history.
        let turns: Vec<&str> = outcomes.iter().map(|outcome| signal(outcome, "turns")).collect();
        assert_eq!(turns, ["0", "2", "3", "4", "5", "6"]);
        assert_eq!((outcomes[0].tier(), outcomes[2].tier()), (Tier::Assisted, Tier::Advisor), "the same request");
        for (turn, expected) in [(2, "REPEATED_QUESTION"), (3, "EMOTION_RISING"), (5, "REPEATED_QUESTION")] {
            let reasons = &outcomes[turn].reasons;
            assert!(reasons.iter().any(|reason| reason.code == expected), "turn {turn}: {reasons:?}");
        }
        assert_eq!(signal(&outcomes[5], "ai_failures"), "1", "said once, kept since");
        assert!(outcomes.iter().all(|outcome| outcome.clarify.is_empty()), "a note comes when it comes");
        Self(outcomes)
    }
}

impl Talk {
    pub(super) fn new(id: String, kept: Kept) -> Self {
        Self { id, kept, turn: 0, twice: 0 }
    }

    /// Says the next turn and holds its outcome against the reference; false where all is said.
    pub(super) async fn go_on(&mut self, client: &Client, reference: &Reference) -> bool {
        let Some(expected) = reference.0.get(self.turn) else { return false };
        let outcome = say(client, &self.id, self.turn).await;
        assert_eq!(signal(&outcome, "without_history"), "false", "turn {} of {}", self.turn, self.id);
        let known = |outcome: &Outcome| signal(outcome, "turns").parse::<u32>().unwrap();
        self.twice = known(&outcome).checked_sub(known(expected)).unwrap_or_else(|| panic!("{}: lost", self.id));
        match (self.kept, self.twice) {
            (_, 0) => assert_eq!(judged(&outcome), *expected, "turn {} of {}", self.turn, self.id),
            (Kept::OnceOrTwice, 1) => {}
            (_, twice) => panic!("turn {} of {}: {twice} turns too many", self.turn, self.id),
        }
        self.turn += 1;
        true
    }

    /// All that was said stands in the store, in order.
    pub(super) fn check_whole(&self, store: &RedisStore) {
        let visit = Visit::new(&self.id, &[], "2026-06-18T12:00:00Z".parse().unwrap());
        let mut texts: Vec<String> = store.visit(&visit).unwrap().turns.into_iter().map(|turn| turn.text).collect();
        if self.kept == Kept::OnceOrTwice {
            texts.dedup();
        }
        let said: Vec<&str> = TURNS.iter().flat_map(|(shop, text)| shop.iter().chain([text])).copied().collect();
        assert_eq!(texts, said, "{}", self.id);
    }
}

/// Says a turn. Only what is new is sent: whoever is asked knows the rest from the store or not at all.
async fn say(client: &Client, id: &str, turn: usize) -> Outcome {
    let (shop, text) = TURNS[turn];
    let said = |text: &str| Turn { speaker: Speaker::Ai.into(), text: text.to_owned() };
    let inquiry = Inquiry {
        text: text.to_owned(),
        customer: Some(Customer { id: Some(id.to_owned()), ..Customer::default() }),
        conversation: Some(Conversation {
            id: Some(id.to_owned()),
            turns: shop.map(said).into_iter().collect(),
            ai_failures: u32::from(turn == 1),
            ..Conversation::default()
        }),
        received_at: Some("2026-06-18T12:00:00Z".parse().unwrap()),
        explain: true,
        ..Inquiry::default()
    };
    client.route(inquiry).await.unwrap_or_else(|status| panic!("turn {turn} of {id}: {status:?}"))
}

/// All but the decision's own name and how long it took: the same for the same words and the same history.
fn judged(outcome: &Outcome) -> Outcome {
    Outcome { decision_id: String::new(), took: None, ..outcome.clone() }
}

/// What an outcome says of a fact.
fn signal<'a>(outcome: &'a Outcome, name: &str) -> &'a str {
    let signals = &outcome.trace.as_ref().unwrap().signals;
    &signals.iter().find(|signal| signal.name == name).unwrap().value
}
