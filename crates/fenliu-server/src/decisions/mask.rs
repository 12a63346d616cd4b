//! Takes out of a text what names a person.

use fenliu::Entity;

/// The text with every number, address and the like replaced by its kind, such as `[phone]`.
pub(super) fn masked(text: &str, entities: &[Entity]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut entities = entities.iter().peekable();
    for (at, letter) in (0_u32..).zip(text.chars()) {
        while entities.peek().is_some_and(|entity| entity.end <= at) {
            entities.next();
        }
        match entities.peek() {
            Some(entity) if entity.start == at => {
                out.push('[');
                out.push_str(entity.kind.as_str());
                out.push(']');
            }
            Some(entity) if entity.start < at => {}
            // A digit that belongs to nothing we know may still be half of a number.
            Some(_) | None => out.push(if letter.is_numeric() { '0' } else { letter }),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use fenliu::{Engine, Inquiry, ModelChoice};

    use super::*;

    #[test]
    fn what_names_a_person_is_taken_out() {
        let engine = Engine::embedded(ModelChoice::None).unwrap();
        for (text, expected) in [
            ("我的手机号是13812345678，我要退货", "我的手机号是[phone]，我要退货"),
            ("邮箱 a@b.cn 第2次了😡", "邮箱 [email] 第0次了😡"),
            ("", ""),
        ] {
            let entities = engine.route(&Inquiry::new(text)).map(|outcome| outcome.entities).unwrap_or_default();
            assert_eq!(masked(text, &entities), expected);
        }
    }
}
