//! Plain functions over several shapes of WIT types.

wit_bindgen::generate!({ path: "wit", world: "text" });

use exports::demo::text::text_tools::{Choice, Color, Guest as Tools, Pair, Swapped};

struct Text;

export!(Text);

impl Guest for Text {
    fn shout(s: String) -> String {
        let mut loud = s.to_uppercase();
        loud.push('!');
        loud
    }
}

impl Tools for Text {
    fn slug(s: String) -> String {
        let mut slug = String::new();
        for word in s
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|w| !w.is_empty())
        {
            if !slug.is_empty() {
                slug.push('-');
            }
            slug.push_str(&word.to_ascii_lowercase());
        }
        slug
    }

    fn count(xs: Vec<u32>) -> u64 {
        xs.len() as u64
    }

    fn swap(p: Pair) -> Swapped {
        Swapped {
            left: p.right,
            right: p.left,
        }
    }

    fn pick(kind: Color) -> Choice {
        match kind {
            Color::Red => Choice::Named("red".to_owned()),
            Color::Green => Choice::Code(2),
            Color::Blue => Choice::Nothing,
        }
    }

    fn check(n: i32) -> Result<String, String> {
        if n >= 0 {
            Ok(n.to_string())
        } else {
            Err(["negative: ", &n.to_string()].concat())
        }
    }
}
