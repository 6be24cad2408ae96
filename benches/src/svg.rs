//! The comparison as a drawing: a block for each workload, a bar for each side. Each block has a scale of its own, on which
//! our Lua processes do not count beside our Rust processes: they would make all other bars alike. A bar that is too long
//! for the scale is cut, and shows it.

use crate::compare::{Compared, Ran, more_is_better};
use crate::side::Side;
use crate::table::times;
use std::fmt::Write as _;

const WIDTH: u32 = 760;
const NAME_END: u32 = 140;
const BAR_END: u32 = 560;
const LINE: u32 = 22;
const HEAD: u32 = 34;
const GAP: u32 = 18;
const FOOT: u32 = 26;

/// Draws all workloads. `note` stands below: machine, date, versions.
pub fn draw(all: &[Compared], note: &str) -> String {
    let mut body = String::new();
    let mut y = 12;
    for compared in all {
        y = block(&mut body, compared, y);
    }
    text(&mut body, "note", 0, y + 14, note);
    let height = y + FOOT;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-12 0 {} {height}\" width=\"{}\" height=\"{height}\" \
         role=\"img\" aria-label=\"Workloads of Wippy beside those of others\">\n{STYLE}{body}</svg>\n",
        WIDTH + 24,
        WIDTH + 24
    )
}

/// Readable on light and on dark pages.
const STYLE: &str = "<style>
text{font:13px system-ui,sans-serif;fill:#24292f}
.head{font-weight:600}.name{text-anchor:end}.note{font-size:11px;fill:#6e7781}
.bar{fill:#afb8c1}.ours{fill:#0969da}.cut{stroke:#fff;stroke-width:3}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.note{fill:#8b949e}.bar{fill:#484f58}.ours{fill:#58a6ff}.cut{stroke:#0d1117}}
</style>
";

/// Draws one workload from `y` on, and gives where it ends.
fn block(body: &mut String, compared: &Compared, y: u32) -> u32 {
    let ran: Vec<&Ran> = compared.ran().collect();
    let what = ran.iter().find_map(|ran| ran.figures.first()).map_or("", |f| &f.what);
    let better = if ran.first().is_some_and(|ran| more_is_better(&ran.figures)) { "more" } else { "less" };
    let workload = compared.workload;
    text(body, "head", 0, y + 14, &format!("{workload}: {}, {what} ({better} is better)", workload.question()));
    let value = |ran: &Ran| ran.figures.first().map_or(0.0, |f| f.value);
    let counts = |ran: &&&Ran| ran.side != Side::WippyLua || compared.ours() == ran.side;
    let longest = ran.iter().filter(counts).map(|ran| value(ran)).fold(f64::MIN_POSITIVE, f64::max);
    let mut y = y + HEAD;
    for ran in &ran {
        let share = value(ran) / longest;
        let length = (share.min(1.0) * f64::from(BAR_END - NAME_END)).max(1.0);
        let class = if ran.side.is_ours() { "bar ours" } else { "bar" };
        text(body, "name", NAME_END - 8, y + 4, ran.side.name());
        // Writing to a string cannot fail.
        let _ = writeln!(
            body,
            "<rect class=\"{class}\" x=\"{NAME_END}\" y=\"{}\" width=\"{length:.1}\" height=\"14\" rx=\"2\"/>",
            y - 7
        );
        if share > 1.0 {
            let x = BAR_END - 20;
            let _ = writeln!(body, "<path class=\"cut\" d=\"M{x} {}l6 -20M{} {}l6 -20\"/>", y + 10, x + 5, y + 10);
        }
        let figure = ran.figures.first().map_or(String::new(), |f| f.unit.tell(f.value));
        let ratio = compared.ratio(ran).filter(|_| ran.side != compared.ours());
        let ratio = ratio.map_or(String::new(), |r| format!("  ({})", times(r)));
        text(body, "value", NAME_END + length as u32 + 8, y + 4, &format!("{figure}{ratio}"));
        y += LINE;
    }
    y + GAP
}

fn text(body: &mut String, class: &str, x: u32, y: u32, text: &str) {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    // Writing to a string cannot fail.
    let _ = writeln!(body, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{text}</text>");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::example;

    #[test]
    fn the_longest_bar_is_the_largest_value() {
        let drawing = draw(&[example()], "here & <now>");
        assert!(drawing.starts_with("<svg xmlns") && drawing.ends_with("</svg>\n"));
        assert_eq!(drawing.matches("<rect").count(), 2, "who failed has no bar");
        assert!(drawing.contains("width=\"420.0\"") && drawing.contains("width=\"93.3\""), "{drawing}");
        assert!(!drawing.contains("<path"), "no bar is too long");
        assert!(drawing.contains("450 ns  (4.50 ×)") && drawing.contains("here &amp; &lt;now&gt;"), "{drawing}");
    }

    #[test]
    fn lua_processes_do_not_set_the_scale() {
        let mut compared = example();
        let mut lua = compared.ran().last().expect("somebody ran").clone();
        lua.side = Side::WippyLua;
        lua.figures[0].value = 4500.0;
        compared.sides.push(Ok(lua));
        let drawing = draw(&[compared], "");
        assert_eq!(drawing.matches("width=\"420.0\"").count(), 2, "tokio's, and the one that is cut: {drawing}");
        assert_eq!(drawing.matches("<path").count(), 1, "{drawing}");
    }

    #[test]
    fn lua_processes_count_where_rust_takes_no_part() {
        let mut compared = example();
        for (ran, (side, value)) in
            compared.sides.iter_mut().flatten().zip([(Side::WippyLua, 900.0), (Side::Lua, 450.0)])
        {
            ran.side = side;
            ran.figures[0].value = value;
        }
        let drawing = draw(&[compared], "");
        assert!(drawing.contains("width=\"420.0\"") && drawing.contains("width=\"210.0\""), "{drawing}");
        assert!(!drawing.contains("<path"), "no bar is too long");
        assert!(drawing.contains(">450 ns  (0.50 ×)<") && drawing.contains(">900 ns<"), "{drawing}");
    }
}
