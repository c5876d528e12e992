//! What entries of some object classes must and may hold.

use super::index::Subschema;
use super::types::ObjectClass;

impl Subschema {
    /// The named classes and everything that they inherit from, each once; unknown names are passed over.
    pub fn class_closure<N: AsRef<str>>(&self, names: &[N]) -> Vec<&ObjectClass> {
        let mut found: Vec<&ObjectClass> = Vec::new();
        let mut wanted: Vec<&str> = names.iter().rev().map(AsRef::as_ref).collect();
        while let Some(name) = wanted.pop() {
            if let Some(class) = self.class(name)
                && !found.iter().any(|known| std::ptr::eq(*known, class))
            {
                found.push(class);
                wanted.extend(class.sup.iter().rev().map(String::as_str));
            }
        }
        found
    }

    /// The attributes that entries of the named classes must have, by their preferred names, each once.
    pub fn must<N: AsRef<str>>(&self, classes: &[N]) -> Vec<&str> {
        self.collected(classes, |class| &class.must)
    }

    /// The attributes that entries of the named classes may have beside those they must.
    pub fn may<N: AsRef<str>>(&self, classes: &[N]) -> Vec<&str> {
        let must = self.must(classes);
        let mut may = self.collected(classes, |class| &class.may);
        may.retain(|name| !must.contains(name));
        may
    }

    /// Whether an entry of the named classes can hold the attribute; operational attributes and extensibleObject always can.
    pub fn allows<N: AsRef<str>>(&self, classes: &[N], attribute: &str) -> bool {
        self.attribute(attribute).is_some_and(|known| known.is_operational())
            || self.class_closure(classes).iter().any(|class| {
                class.name().eq_ignore_ascii_case("extensibleObject")
                    || class.must.iter().chain(&class.may).any(|name| self.same_attribute(name, attribute))
            })
    }

    /// Whether `class` is `ancestor` or inherits from it.
    pub fn is_subclass(&self, class: &str, ancestor: &str) -> bool {
        class.eq_ignore_ascii_case(ancestor)
            || self
                .class(ancestor)
                .is_some_and(|ancestor| self.class_closure(&[class]).iter().any(|above| std::ptr::eq(*above, ancestor)))
    }

    fn collected<'s, N: AsRef<str>>(
        &'s self,
        classes: &[N],
        of: impl Fn(&'s ObjectClass) -> &'s [String],
    ) -> Vec<&'s str> {
        let mut names: Vec<&str> = Vec::new();
        for name in self.class_closure(classes).into_iter().flat_map(of) {
            let name = self.attribute(name).map_or(name.as_str(), |attribute| attribute.name());
            if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                names.push(name);
            }
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_inherit() {
        let schema = Subschema::standard();
        let closure: Vec<&str> =
            schema.class_closure(&["INETORGPERSON", "posixAccount"]).iter().map(|c| c.name()).collect();
        assert_eq!(closure, ["inetOrgPerson", "organizationalPerson", "person", "top", "posixAccount"]);
        assert!(schema.is_subclass("inetOrgPerson", "2.5.6.6") && schema.is_subclass("person", "PERSON"));
        assert!(!schema.is_subclass("person", "inetOrgPerson") && !schema.is_subclass("unknown", "person"));
        assert!(schema.is_subclass("unknown", "Unknown"));
    }

    #[test]
    fn must_and_may_are_collected() {
        let schema = Subschema::standard();
        assert_eq!(schema.must(&["inetOrgPerson"]), ["sn", "cn", "objectClass"]);
        let may = schema.may(&["inetOrgPerson"]);
        assert!(may.contains(&"mail") && may.contains(&"telephoneNumber") && !may.contains(&"cn"));
        assert!(schema.may(&["domain"]).contains(&"l"), "localityName is an alias");
        assert!(schema.allows(&["inetOrgPerson"], "MAIL") && schema.allows(&["inetOrgPerson"], "entryUUID"));
        assert!(!schema.allows(&["inetOrgPerson"], "c") && schema.allows(&["extensibleObject"], "c"));
    }

    #[test]
    fn a_circle_of_classes_ends() {
        let (schema, _) = Subschema::parse([
            ("objectClasses", "( 1.1 NAME 'a' SUP b )"),
            ("objectClasses", "( 1.2 NAME 'b' SUP a )"),
        ]);
        assert_eq!(schema.class_closure(&["a"]).len(), 2);
    }
}
