//! The printed result: one line a measurement, with its yardstick, the ratio and the goal.

/// What a ratio should be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    AtLeast(f64),
    AtMost(f64),
    None,
}

impl Goal {
    fn is_met_by(self, value: f64) -> bool {
        match self {
            Goal::AtLeast(goal) => value >= goal,
            Goal::AtMost(goal) => value <= goal,
            Goal::None => true,
        }
    }
}

/// The measurements so far; each is printed when it is known.
#[derive(Debug, Default)]
pub(crate) struct Table {
    missed: usize,
}

impl Table {
    /// Prints the headings.
    pub(crate) fn start() -> Self {
        println!("{:<52} {:>14} {:>14} {:>8}  goal", "", "scimfront", "yardstick", "ratio");
        Table::default()
    }

    /// Prints a figure without anything to compare it with.
    pub(crate) fn figure(&mut self, what: &str, value: f64, unit: &str, goal: Goal) {
        self.line(what, &format!("{value:.1} {unit}"), "", value, "", goal);
    }

    /// Prints a figure beside its yardstick; the goal is about the ratio.
    pub(crate) fn compare(&mut self, what: &str, value: f64, yardstick: f64, unit: &str, goal: Goal) {
        let ratio = if yardstick > 0.0 { value / yardstick } else { f64::NAN };
        let (value, yardstick) = (format!("{value:.1} {unit}"), format!("{yardstick:.1} {unit}"));
        self.line(what, &value, &yardstick, ratio, &format!("{ratio:.2}"), goal);
    }

    fn line(&mut self, what: &str, value: &str, yardstick: &str, judged: f64, ratio: &str, goal: Goal) {
        let met = goal.is_met_by(judged);
        self.missed += usize::from(!met);
        let wanted = match goal {
            Goal::AtLeast(goal) => format!(">= {goal}"),
            Goal::AtMost(goal) => format!("<= {goal}"),
            Goal::None => String::new(),
        };
        println!("{what:<52} {value:>14} {yardstick:>14} {ratio:>8}  {wanted}{}", if met { "" } else { "  MISSED" });
    }

    /// How many goals were missed.
    pub(crate) fn missed(&self) -> usize {
        self.missed
    }
}
