//! What names, places and titles are made from.

/// A name as it is written, and as it stands in a login name or mail address.
pub(crate) type Name = (&'static str, &'static str);

/// Given names.
pub(crate) const GIVEN: &[Name] = &[
    ("Anna", "anna"),
    ("James", "james"),
    ("Maria", "maria"),
    ("David", "david"),
    ("Zoë", "zoe"),
    ("Łukasz", "lukasz"),
    ("José", "jose"),
    ("Anaïs", "anais"),
    ("Søren", "soren"),
    ("Nguyệt", "nguyet"),
    ("Çağla", "cagla"),
    ("Grace", "grace"),
    ("Samuel", "samuel"),
    ("Fatima", "fatima"),
    ("Иван", "ivan"),
    ("Ιωάννα", "ioanna"),
    ("明", "akira"),
    ("محمد", "mohammed"),
    ("Peter", "peter"),
    ("Chloe", "chloe"),
    ("Ravi", "ravi"),
    ("Ingrid", "ingrid"),
    ("Thomas", "thomas"),
    ("Olga", "olga"),
    ("Mary Jane", "maryjane"),
    ("Jean-Luc", "jeanluc"),
    ("Hannah", "hannah"),
    ("Victor", "victor"),
    ("Sofia", "sofia"),
    ("Daniel", "daniel"),
    ("Emma", "emma"),
    ("Ada", "ada"),
];

/// Family names.
pub(crate) const FAMILY: &[Name] = &[
    ("Smith", "smith"),
    ("Jensen", "jensen"),
    ("Müller", "mueller"),
    ("García Márquez", "garcia"),
    ("O'Brien", "obrien"),
    ("Ødegård", "odegard"),
    ("Żółty", "zolty"),
    ("Nguyễn", "nguyen"),
    ("Çelik", "celik"),
    ("de la Cruz", "delacruz"),
    ("McDonald", "mcdonald"),
    ("Иванова", "ivanova"),
    ("Παπαδόπουλος", "papadopoulos"),
    ("田中", "tanaka"),
    ("الفارسي", "alfarsi"),
    ("Brown", "brown"),
    ("Taylor", "taylor"),
    ("Lindqvist", "lindqvist"),
    ("Straße", "strasse"),
    ("Weiß-Rodríguez", "weissrodriguez"),
    ("Johnson", "johnson"),
    ("Williams", "williams"),
    ("Dubois", "dubois"),
    ("Rossi", "rossi"),
    ("Novák", "novak"),
    ("Kowalski", "kowalski"),
    ("Silva", "silva"),
    ("Andersson", "andersson"),
    ("Patel", "patel"),
    ("Kim", "kim"),
    ("Walker", "walker"),
    ("Young", "young"),
    ("Scott", "scott"),
    ("Baker", "baker"),
    ("Fischer", "fischer"),
    ("Moreau", "moreau"),
    ("Haddad", "haddad"),
];

/// The organizational units of people: RDN value as a DN has it, and as it is stored.
pub(crate) const UNITS: &[Name] = &[
    ("engineering", "engineering"),
    ("sales", "sales"),
    ("support", "support"),
    ("finance", "finance"),
    ("contractors", "contractors"),
    ("Außendienst", "Außendienst"),
    ("Research\\, Development", "Research, Development"),
];

/// Titles.
pub(crate) const TITLES: &[&str] = &[
    "Engineer",
    "Senior Engineer",
    "Account Manager",
    "Director, Sales",
    "Support Specialist",
    "Accountant",
    "Développeuse",
    "VP (Acting)",
    "Research & Development Lead",
    "Tour Guide",
];

/// Kinds of employment.
pub(crate) const EMPLOYEE_TYPES: &[&str] = &["Employee", "Employee", "Employee", "Contractor", "Intern"];

/// Language tags as RFC 7643 has them for preferredLanguage.
pub(crate) const LANGUAGES: &[&str] = &["en", "en-GB", "en-US", "de", "fr-CH", "pl", "ja", "pt-BR"];

/// Time zones.
pub(crate) const TIMEZONES: &[&str] = &["Europe/Berlin", "America/New_York", "Asia/Tokyo", "Europe/London"];

/// Street, locality, region, postal code.
pub(crate) const PLACES: &[(&str, &str, &str, &str)] = &[
    ("100 Universal City Plaza", "Hollywood", "CA", "91608"),
    ("12 High Street", "Oxford", "Oxfordshire", "OX1 4DB"),
    ("Königsallee 7", "Düsseldorf", "Nordrhein-Westfalen", "40212"),
    ("5, rue de l'Église", "Genève", "GE", "1204"),
    ("ul. Długa 3", "Kraków", "Małopolskie", "31-146"),
    ("1 Main St. #200", "Springfield", "IL", "62701"),
    ("千代田1-1", "東京", "東京都", "100-0001"),
];

/// Descriptions, some of them awkward to carry in LDIF, filters or JSON.
pub(crate) const DESCRIPTIONS: &[&str] = &[
    "Works on the directory",
    "Half time (mornings)",
    "Back in 2031 *",
    "C:\\path\\to\\nowhere",
    ": starts with a colon",
    "two\nlines",
    "tab\there, \"quotes\" there",
    "naïve café ☕ 𝄞",
    "100 % sure; <b>bold</b> & more",
];
