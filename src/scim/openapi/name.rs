//! Names of components, and references to them.

use serde_json::{Value, json};

/// A name as components may have it: letters, digits and few signs.
pub(super) fn component(name: &str) -> String {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
    name.chars().map(|letter| if allowed(letter) { letter } else { '_' }).collect()
}

/// What the schema of a resource as it is sent is called.
pub(super) fn input_component(name: &str) -> String {
    format!("{}Input", component(name))
}

/// A reference to a component.
pub(super) fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_components_are_plain() {
        assert_eq!(component("Gerät 2"), "Ger_t_2");
        assert_eq!(input_component("User"), "UserInput");
    }
}
