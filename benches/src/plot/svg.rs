//! As much of SVG as the charts need.

use std::fmt::Write as _;

/// Where a text is anchored.
#[derive(Clone, Copy, Debug)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A drawing; coordinates are pixels from the upper left corner.
pub(super) struct Svg {
    width: f64,
    height: f64,
    title: String,
    body: String,
}

/// Class names say what a thing is; the colours of both modes are here alone.
const STYLE: &str = "\
text{font:13px system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;fill:#1f2328}
.title{font-size:17px;font-weight:600}.panel{font-weight:600}
.muted{font-size:12px;fill:#59636e}.strong{font-weight:600}
.paper{fill:#ffffff}.axis{stroke:#818b98;stroke-width:1}.grid{stroke:#d1d9e0;stroke-width:1}
.ours{fill:#0969da}.theirs{fill:#afb8c1}.gap{stroke:#ffffff;stroke-width:2}
.a{stroke:#0969da;fill:none;stroke-width:2}.dot-a{fill:#0969da}
.b{stroke:#8250df;fill:none;stroke-width:2}.dot-b{fill:#8250df}
.c{stroke:#bc4c00;fill:none;stroke-width:2}.dot-c{fill:#bc4c00}
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.muted{fill:#9198a1}
.paper{fill:#0d1117}.axis{stroke:#656c76}.grid{stroke:#2f353d}
.ours{fill:#4493f8}.theirs{fill:#565e67}.gap{stroke:#0d1117}
.a{stroke:#4493f8}.dot-a{fill:#4493f8}.b{stroke:#ab7df8}.dot-b{fill:#ab7df8}
.c{stroke:#f0883e}.dot-c{fill:#f0883e}}";

impl Svg {
    /// An empty drawing; the title is also its name for a screen reader.
    pub(super) fn new(width: f64, height: f64, title: &str) -> Self {
        let mut svg = Self {
            width,
            height,
            title: escaped(title),
            body: String::new(),
        };
        svg.rect("paper", (0.0, 0.0), (width, height));
        svg.text("title", (20.0, 30.0), Anchor::Start, title);
        svg
    }

    pub(super) fn rect(&mut self, class: &str, (x, y): (f64, f64), (width, height): (f64, f64)) {
        self.element(format_args!(
            r#"<rect class="{class}" x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}"/>"#
        ));
    }

    pub(super) fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        self.element(format_args!(
            r#"<line class="{class}" x1="{x1:.1}" y1="{y1:.1}" x2="{x2:.1}" y2="{y2:.1}"/>"#
        ));
    }

    /// A curve of the class and its points as dots.
    pub(super) fn curve(&mut self, class: &str, points: &[(f64, f64)]) {
        let path: Vec<_> = points
            .iter()
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        self.element(format_args!(
            r#"<polyline class="{class}" points="{}"/>"#,
            path.join(" ")
        ));
        for (x, y) in points {
            self.element(format_args!(
                r#"<circle class="dot-{class}" cx="{x:.1}" cy="{y:.1}" r="3.5"/>"#
            ));
        }
    }

    pub(super) fn text(&mut self, class: &str, (x, y): (f64, f64), anchor: Anchor, text: &str) {
        let (anchor, text) = (anchor.name(), escaped(text));
        self.element(format_args!(
            r#"<text class="{class}" x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{text}</text>"#
        ));
    }

    /// The file.
    pub(super) fn finish(self) -> String {
        let Self {
            width,
            height,
            title,
            body,
        } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{title}\">\n\
             <title>{title}</title>\n<style>\n{STYLE}\n</style>\n{body}</svg>\n"
        )
    }

    fn element(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = writeln!(self.body, "{element}");
    }
}

impl Anchor {
    const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}
