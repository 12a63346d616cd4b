//! What a PromQL query asks for, held against what is exposed: names, labels, values, and whether two sides can meet.

use std::collections::BTreeSet;

use rusty_promql_parser::parser::function::{ValueType, get_function};
use rusty_promql_parser::{
    Aggregation, BinaryExpr, BinaryOp, Call, Expr, GroupSide, GroupingAction, LabelMatchOp, VectorMatchingOp,
    VectorSelector,
};

use super::exposed::Exposed;

/// Names of labels.
type Names = BTreeSet<String>;

/// What Prometheus adds to every series: these two, and others that depend on how it finds its targets, which no query
/// may count on.
const TARGET: [&str; 3] = ["job", "instance", "(others of the target)"];

/// The parser takes `group` for the aggregation of that name alone; as a label, which it is here, it has this one.
const GROUP: &str = "the_label_group";

/// What a query gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Given {
    Number,
    Text,
    /// One value a series, with these labels.
    Vector(Names),
    /// Several.
    Range(Names),
}

impl Given {
    pub(super) fn labels(&self) -> Names {
        match self {
            Self::Number | Self::Text => Names::new(),
            Self::Vector(labels) | Self::Range(labels) => labels.clone(),
        }
    }

    fn kind(&self) -> ValueType {
        match self {
            Self::Number => ValueType::Scalar,
            Self::Text => ValueType::String,
            Self::Vector(_) => ValueType::Vector,
            Self::Range(_) => ValueType::Matrix,
        }
    }
}

/// Reads a query. The error says what it asks for in vain.
pub(super) fn read(query: &str, exposed: &Exposed) -> Result<Given, String> {
    // A duration of Grafana's own.
    let query = query.replace("$__rate_interval", "5m");
    let query: String = query.split_inclusive(|c: char| c != '_' && !c.is_alphanumeric()).map(with_group).collect();
    let (rest, parsed) = rusty_promql_parser::expr(&query).map_err(|error| format!("is no PromQL: {error}"))?;
    if !rest.trim().is_empty() {
        return Err(format!("is no PromQL from `{rest}` on"));
    }
    given(&parsed, exposed)
}

/// A word and the character behind it.
fn with_group(word: &str) -> String {
    let behind = word.strip_prefix("group").filter(|behind| behind.chars().count() <= 1 && *behind != "_");
    behind.map_or_else(|| word.to_owned(), |behind| format!("{GROUP}{behind}"))
}

/// Labels as a query names them.
fn named<'a>(labels: impl IntoIterator<Item = &'a String>) -> Names {
    labels.into_iter().map(|label| if label == GROUP { "group".to_owned() } else { label.clone() }).collect()
}

fn given(expr: &Expr, exposed: &Exposed) -> Result<Given, String> {
    match expr {
        Expr::Number(_) => Ok(Given::Number),
        Expr::String(_) => Ok(Given::Text),
        Expr::VectorSelector(selector) => selected(selector, exposed).map(Given::Vector),
        Expr::MatrixSelector(matrix) => selected(&matrix.selector, exposed).map(Given::Range),
        Expr::Paren(inner) => given(inner, exposed),
        Expr::Unary(unary) => given(&unary.expr, exposed),
        Expr::Subquery(subquery) => {
            let Given::Vector(labels) = given(&subquery.expr, exposed)? else {
                return Err(format!("`{subquery}` is not over an instant vector"));
            };
            Ok(Given::Range(labels))
        }
        Expr::Call(call) => called(call, exposed),
        Expr::Aggregation(aggregation) => aggregated(aggregation, exposed),
        Expr::Binary(binary) => joined(binary, exposed),
    }
}

fn selected(selector: &VectorSelector, exposed: &Exposed) -> Result<Names, String> {
    let name = selector.name.as_deref().ok_or("a selector without a name")?;
    let series = exposed.series.get(name).ok_or_else(|| format!("`{name}` is not exposed"))?;
    let labels: Names = series.keys().cloned().chain(TARGET.map(str::to_owned)).collect();
    has(&labels, &named(selector.matchers.iter().map(|matcher| &matcher.name)), name)?;
    for matcher in &selector.matchers {
        let (label, value) = (if matcher.name == GROUP { "group" } else { &matcher.name }, &matcher.value);
        let exact = matches!(matcher.op, LabelMatchOp::Equal | LabelMatchOp::NotEqual) && !value.contains('$');
        if let Some(values) = series.get(label).filter(|values| exact && !values.contains(value)) {
            return Err(format!("`{name}` has no `{label}` of \"{value}\", only {values:?}"));
        }
    }
    Ok(labels)
}

fn called(call: &Call, exposed: &Exposed) -> Result<Given, String> {
    let name = call.name.as_str();
    let function = get_function(name).ok_or_else(|| format!("there is no function `{name}`"))?;
    if call.args.len() < function.min_args() || function.max_args().is_some_and(|most| call.args.len() > most) {
        return Err(format!("`{name}` does not take {} arguments", call.args.len()));
    }
    let args = call.args.iter().map(|arg| given(arg, exposed)).collect::<Result<Vec<Given>, String>>()?;
    for (arg, expected) in args.iter().zip(function.arg_types) {
        if arg.kind() != *expected {
            return Err(format!("`{call}`: {}, expected {expected}", arg.kind()));
        }
    }
    if function.return_type != ValueType::Vector {
        return Ok(Given::Number);
    }
    let mut labels: Names = args.iter().flat_map(Given::labels).collect();
    match name {
        "histogram_quantile" => {
            let le = Names::from(["le".to_owned()]);
            has(&labels, &le, name)?;
            labels = &labels - &le;
        }
        // What is not there has only what was asked for.
        "absent" => {
            let Some(Expr::VectorSelector(selector)) = call.args.first() else {
                return Err("`absent` of more than a selector is not read here".to_owned());
            };
            labels = named(selector.matchers.iter().map(|matcher| &matcher.name));
        }
        "label_replace" | "label_join" => return Err(format!("`{name}` is not read here")),
        _ => {}
    }
    Ok(Given::Vector(labels))
}

fn aggregated(aggregation: &Aggregation, exposed: &Exposed) -> Result<Given, String> {
    let Given::Vector(inner) = given(&aggregation.expr, exposed)? else {
        return Err(format!("`{aggregation}` is not over an instant vector"));
    };
    let grouping = aggregation.grouping.as_ref().map(|grouping| (grouping.action.clone(), named(&grouping.labels)));
    if let Some((_, labels)) = &grouping {
        has(&inner, labels, &aggregation.expr)?;
    }
    Ok(Given::Vector(match (aggregation.op.as_str(), grouping) {
        ("topk" | "bottomk", _) => inner,
        (_, Some((GroupingAction::Without, labels))) => &inner - &labels,
        (_, Some((GroupingAction::By, labels))) => labels,
        (_, None) => Names::new(),
    }))
}

fn joined(binary: &BinaryExpr, exposed: &Exposed) -> Result<Given, String> {
    let (left, right) = match (given(&binary.lhs, exposed)?, given(&binary.rhs, exposed)?) {
        (Given::Vector(left), Given::Vector(right)) => (left, right),
        (Given::Vector(labels), Given::Number) | (Given::Number, Given::Vector(labels))
            if !binary.op.is_set_operator() =>
        {
            return Ok(Given::Vector(labels));
        }
        (Given::Number, Given::Number) if !binary.op.is_set_operator() => return Ok(Given::Number),
        (left, right) => return Err(format!("`{}` {} {}", left.kind(), binary.op, right.kind())),
    };
    let matching = binary.modifier.as_ref().and_then(|modifier| modifier.matching.as_ref());
    let (mine, yours) = match matching.map(|matching| (matching.op, named(&matching.labels))) {
        Some((VectorMatchingOp::On, labels)) => {
            has(&left, &labels, &binary.lhs)?;
            has(&right, &labels, &binary.rhs)?;
            (labels.clone(), labels)
        }
        Some((VectorMatchingOp::Ignoring, labels)) => {
            has(&(&left | &right), &labels, binary)?;
            (&left - &labels, &right - &labels)
        }
        None => (left.clone(), right.clone()),
    };
    if binary.op == BinaryOp::Or {
        return Ok(Given::Vector(&left | &right));
    }
    if mine != yours {
        return Err(format!("`{binary}`: the labels {mine:?} never equal {yours:?}"));
    }
    if binary.op.is_set_operator() {
        return Ok(Given::Vector(left));
    }
    let Some(group) = matching.and_then(|matching| matching.group.as_ref()) else { return Ok(Given::Vector(mine)) };
    let (many, one) = match group.side {
        GroupSide::Left => (left, right),
        GroupSide::Right => (right, left),
    };
    let added = named(&group.labels);
    has(&one, &added, binary)?;
    Ok(Given::Vector(&many | &added))
}

fn has(labels: &Names, asked: &Names, what: impl std::fmt::Display) -> Result<(), String> {
    let missing = asked.iter().find(|label| !labels.contains(*label));
    missing.map_or(Ok(()), |label| Err(format!("`{what}` has no label `{label}`, only {labels:?}")))
}
