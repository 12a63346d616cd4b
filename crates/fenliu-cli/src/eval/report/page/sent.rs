//! Where messages were sent against where their labels ask for, under its heading of the page.

use std::collections::BTreeMap;

use fenliu::Tier;

use crate::eval::report::html::{Cell, says, table};
use crate::eval::routing::{Routing, Sent, ToAi};

pub(super) fn routing(routing: &Routing) -> String {
    let heads = ["asked for", "sent to ai", "assisted", "advisor"];
    let of =
        |cell: fn(&Sent) -> Cell| table(&heads, routing.tiers.iter().map(|(due, row)| tier(*due, row, cell)).collect());
    let messages = of(|sent| Cell::count(sent.messages));
    let costs = of(|sent| Cell::Number(sent.cost.to_string()));
    let kinds = [("plain questions", &routing.plain), ("grave", &routing.grave), ("all", &routing.all)];
    let kinds = kinds.into_iter().map(|(name, kind)| to_ai(name, kind)).collect();
    let heads = ["", "messages", "to the AI", "share", "asked back", "wrong intent", "share", "at most"];
    says(
        "A message asks for the tier that the policy decides of its labels; what was decided rests on what the engine \
         read.",
    ) + &messages
        + &says(&format!("What the wrong tiers cost: {:.0} in all, {:.4} a message.", routing.cost, routing.mean_cost))
        + &costs
        + &says(
            "A plain question: the AI may answer its intents, and the customer is calm or pleased. A grave message must \
             not be answered by the AI alone. The last column bounds the share of wrong intents with 95 % confidence.",
        )
        + &table(&heads, kinds)
}

fn tier(due: Tier, row: &BTreeMap<Tier, Sent>, cell: fn(&Sent) -> Cell) -> Vec<Cell> {
    std::iter::once(Cell::text(due)).chain(row.values().map(cell)).collect()
}

fn to_ai(name: &str, kind: &ToAi) -> Vec<Cell> {
    vec![
        Cell::text(name),
        Cell::count(kind.messages),
        Cell::count(kind.to_ai),
        Cell::percent(kind.share),
        Cell::count(kind.asked_back),
        Cell::count(kind.wrong),
        Cell::percent(kind.wrong_share),
        Cell::percent(kind.wrong_at_most),
    ]
}
