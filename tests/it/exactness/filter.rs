//! A filter as the generator makes it, and as text. Nothing here parses anything.

use std::fmt::Write as _;

use crate::support::dice::Dice;

/// A filter (RFC 7644 section 3.4.2.2).
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Filter {
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Not(Box<Filter>),
    /// `path op value`; within brackets the path has no attribute and its sub-attribute is what is tested.
    Test(Path, Op),
    /// `attribute[inner]`, and `attribute[inner].sub op value` where there is a test behind it.
    Element(Path, Box<Filter>, Option<(String, Op)>),
}

/// What is tested.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub(crate) struct Path {
    /// The URN of the extension, or of the core schema where it is written out.
    pub(crate) urn: Option<String>,
    /// The attribute; empty within brackets.
    pub(crate) attribute: String,
    /// The sub-attribute.
    pub(crate) sub: Option<String>,
    /// Whether the URN is left out of the text: a name that no other schema has is clear without it.
    pub(crate) bare: bool,
}

/// What is asked of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Op {
    Pr,
    Eq(Operand),
    Ne(Operand),
    Co(Operand),
    Sw(Operand),
    Ew(Operand),
    Gt(Operand),
    Ge(Operand),
    Lt(Operand),
    Le(Operand),
}

/// What it is compared with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operand {
    Null,
    Bool(bool),
    /// As written.
    Number(String),
    Text(String),
}

impl Op {
    /// The operator's name and the operand.
    pub(crate) fn parts(&self) -> (&'static str, Option<&Operand>) {
        match self {
            Op::Pr => ("pr", None),
            Op::Eq(operand) => ("eq", Some(operand)),
            Op::Ne(operand) => ("ne", Some(operand)),
            Op::Co(operand) => ("co", Some(operand)),
            Op::Sw(operand) => ("sw", Some(operand)),
            Op::Ew(operand) => ("ew", Some(operand)),
            Op::Gt(operand) => ("gt", Some(operand)),
            Op::Ge(operand) => ("ge", Some(operand)),
            Op::Lt(operand) => ("lt", Some(operand)),
            Op::Le(operand) => ("le", Some(operand)),
        }
    }
}

impl Path {
    /// The text, in any case by chance.
    pub(crate) fn text(&self, dice: &mut Dice) -> String {
        let mut out = String::new();
        Writer { out: &mut out, dice }.path(self);
        out
    }

    /// The text of a path to the elements that match.
    pub(crate) fn text_with(&self, inner: &Filter, dice: &mut Dice) -> String {
        let mut out = self.text(dice);
        out.push('[');
        Writer { out: &mut out, dice }.filter(inner, 0);
        out.push(']');
        out
    }
}

impl Filter {
    /// The filters that it is made of; those in brackets can't stand alone.
    pub(crate) fn parts(&self) -> Vec<&Filter> {
        match self {
            Filter::And(parts) | Filter::Or(parts) => parts.iter().collect(),
            Filter::Not(inner) => vec![inner],
            Filter::Test(..) | Filter::Element(..) => Vec::new(),
        }
    }

    /// The same with every URN written out: of several types, each may mean something else by a bare name.
    pub(crate) fn spelt_out(self) -> Self {
        let each = |parts: Vec<Filter>| parts.into_iter().map(Filter::spelt_out).collect();
        match self {
            Filter::And(parts) => Filter::And(each(parts)),
            Filter::Or(parts) => Filter::Or(each(parts)),
            Filter::Not(inner) => Filter::Not(Box::new(inner.spelt_out())),
            Filter::Test(path, op) => Filter::Test(Path { bare: false, ..path }, op),
            Filter::Element(path, inner, then) => Filter::Element(Path { bare: false, ..path }, inner, then),
        }
    }

    /// The text, with blanks, cases and escapes by chance.
    pub(crate) fn text(&self, dice: &mut Dice) -> String {
        let mut out = String::new();
        Writer { out: &mut out, dice }.filter(self, 0);
        out
    }
}

struct Writer<'a> {
    out: &'a mut String,
    dice: &'a mut Dice,
}

impl Writer<'_> {
    /// `level`: 0 where `or` may stand without parentheses, 1 where `and` may, 2 where neither may.
    fn filter(&mut self, filter: &Filter, level: u8) {
        let needs = match filter {
            Filter::Or(_) => level > 0,
            Filter::And(_) => level > 1,
            _ => false,
        };
        let open = needs || self.dice.one_in(12);
        if open {
            self.out.push('(');
        }
        match filter {
            Filter::And(parts) => self.joined(parts, "and", 2),
            Filter::Or(parts) => self.joined(parts, "or", 1),
            Filter::Not(inner) => {
                self.word("not");
                if self.dice.one_in(2) {
                    self.out.push(' ');
                }
                self.out.push('(');
                self.filter(inner, 0);
                self.out.push(')');
            }
            Filter::Test(path, op) => {
                self.path(path);
                self.op(op);
            }
            Filter::Element(path, inner, then) => {
                self.path(path);
                self.out.push('[');
                self.filter(inner, 0);
                self.out.push(']');
                if let Some((sub, op)) = then {
                    self.out.push('.');
                    self.word(sub);
                    self.op(op);
                }
            }
        }
        if open {
            self.out.push(')');
        }
    }

    fn joined(&mut self, parts: &[Filter], word: &str, level: u8) {
        for (place, part) in parts.iter().enumerate() {
            if place > 0 {
                self.blank();
                self.word(word);
                self.blank();
            }
            self.filter(part, level);
        }
    }

    fn blank(&mut self) {
        self.out.push_str(if self.dice.one_in(20) { "  " } else { " " });
    }

    fn word(&mut self, word: &str) {
        match self.dice.below(8) {
            0 => self.out.push_str(&word.to_ascii_uppercase()),
            1 => self.out.push_str(&word.to_ascii_lowercase()),
            _ => self.out.push_str(word),
        }
    }

    fn path(&mut self, path: &Path) {
        if let Some(urn) = path.urn.as_ref().filter(|_| !path.bare) {
            self.word(urn);
            self.out.push(':');
        }
        self.word(&path.attribute);
        if let Some(sub) = &path.sub {
            if !path.attribute.is_empty() {
                self.out.push('.');
            }
            self.word(sub);
        }
    }

    fn op(&mut self, op: &Op) {
        let (name, operand) = op.parts();
        self.blank();
        self.word(name);
        if let Some(operand) = operand {
            self.blank();
            self.operand(operand);
        }
    }

    fn operand(&mut self, operand: &Operand) {
        match operand {
            Operand::Null => self.out.push_str("null"),
            Operand::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Operand::Number(number) => self.out.push_str(number),
            Operand::Text(text) => self.quoted(text),
        }
    }

    /// A JSON string (RFC 8259 section 7) in one of its spellings.
    fn quoted(&mut self, text: &str) {
        let escapes = self.dice.one_in(6);
        self.out.push('"');
        for c in text.chars() {
            match c {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' if !escapes => self.out.push_str("\\n"),
                '\t' if !escapes => self.out.push_str("\\t"),
                '/' if escapes => self.out.push_str("\\/"),
                c if c < ' ' || escapes && self.dice.one_in(3) => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        let _ = write!(self.out, "\\u{unit:04x}");
                    }
                }
                c => self.out.push(c),
            }
        }
        self.out.push('"');
    }
}
