//! Every screen of the real window, in light and dark, English and Chinese, looked at by axe.
//!
//! axe is a development dependency of the user interface; the test brings it along, the program does not.

use super::{page::Window, shown};
use fantoccini::key::Key;
use serde_json::Value;
use switchback_tests::{
    desktop::{Desktop, Done},
    part::PartError,
    place,
};

const AXE: &str = "ui/node_modules/axe-core/axe.min.js";
/// Starts it; the answer is fetched when it is there.
const RUN: &str = "window.found = null;
  axe.run(document, { resultTypes: ['violations'] }).then(
    (result) => (window.found = result.violations.flatMap((rule) => rule.nodes.map((node) => rule.id + ': ' + node.html.slice(0, 160)))),
    (error) => (window.found = ['axe failed: ' + error]));";

/// Looks at what is shown; violations are gathered with the place they were seen at.
struct Eyes<'a> {
    window: &'a Window,
    desktop: &'a Desktop,
    place: String,
    found: Vec<String>,
    looked: usize,
}

impl Eyes<'_> {
    async fn look(&mut self, screen: &str) -> Done {
        let place = format!("{screen}.{}", self.place);
        self.window.0.execute(RUN, Vec::new()).await?;
        let found = self.window.until("return window.found", Vec::new(), Value::is_array).await?;
        let found = found.as_array().into_iter().flatten().filter_map(Value::as_str);
        self.found.extend(found.map(|violation| format!("{place}: {violation}")));
        self.looked += 1;
        self.desktop.picture(&place).await
    }

    /// All screens, and what lies over them.
    async fn tour(&mut self) -> Done {
        let window = self.window;
        window.click("rail-board").await?;
        window.reads("cell-web-production", "r5").await?;
        self.look("board").await?;
        for (keys, overlay) in [(&['?'][..], "key-help"), (&[char::from(Key::Control), 'k'], "palette")] {
            window.chord(keys).await?;
            window.find(overlay).await?;
            self.look(overlay).await?;
            self.close(overlay).await?;
        }
        window.press('d').await?;
        window.see("[data-testid='version-select'] option:enabled:last-child").await?.click().await?;
        window.find("start-button").await?;
        self.look("deploy").await?;
        self.close("plan-dialog").await?;
        window.click("unlock-button").await?;
        window.find("unlock-dialog").await?;
        self.look("unlock").await?;
        self.close("unlock-dialog").await?;

        window.click("cell-web-production").await?;
        window.click("revision-row-2").await?;
        window.find("rollback-button").await?;
        self.look("history").await?;
        window.click("show-table").await?;
        window.find("history-table").await?;
        self.look("table").await?;
        // The release that died.
        window.see("[data-testid='table-row-4'] button").await?.click().await?;
        window.click("open-deployment").await?;
        window.find("diagnosis").await?;
        self.look("failed").await?;

        window.click("rail-releases").await?;
        window.find("release-1.3.0").await?;
        self.look("releases").await?;
        window.click("rail-audit").await?;
        window.see("[data-testid='verify-badge'][data-kind='intact']").await?;
        window.see("[data-testid^='audit-row-'] button").await?.click().await?;
        window.find("audit-drawer").await?;
        self.look("audit").await?;
        window.click("audit-export").await?;
        window.find("export-dialog").await?;
        self.look("export").await?;
        self.close("export-dialog").await?;
        window.click("rail-settings").await?;
        window.find("secrets").await?;
        self.look("settings").await
    }

    async fn close(&self, overlay: &str) -> Done {
        self.window.press(Key::Escape).await?;
        let script = "return document.querySelector(arguments[0]) === null";
        let gone = format!("dialog [data-testid='{overlay}'], dialog[data-testid='{overlay}']");
        self.window.until(script, vec![gone.into()], |gone| *gone == Value::Bool(true)).await.map(|_| ())
    }
}

fn source() -> Result<String, PartError> {
    std::fs::read_to_string(place::repository().join(AXE))
        .map_err(|_| PartError::Missing { what: "axe-core".to_owned(), how: "run `npm ci` in ui".to_owned() })
}

/// It finds nothing on what is shown now.
pub async fn finds_nothing(window: &Window) -> Done {
    window.0.execute(&format!("{}; window.axe = axe;", source()?), Vec::new()).await?;
    window.0.execute(RUN, Vec::new()).await?;
    let found = window.until("return window.found", Vec::new(), Value::is_array).await?;
    assert_eq!(found, Value::Array(Vec::new()));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn axe_finds_nothing_on_any_screen_in_light_and_dark_english_and_chinese() -> Done {
    let source = source()?;
    let desktop = Desktop::start().await?;
    shown(&desktop, async |window| {
        window.reads("cell-web-production", "r5").await?;
        window.0.execute(&format!("{source}; window.axe = axe;"), Vec::new()).await?;
        let mut eyes = Eyes { window, desktop: &desktop, place: String::new(), found: Vec::new(), looked: 0 };
        for theme in ["light", "dark"] {
            for language in ["en", "zh"] {
                eyes.place = format!("{language}.{theme}");
                window.click("rail-settings").await?;
                window.click(&format!("theme-{theme}")).await?;
                window.click(&format!("language-{language}")).await?;
                eyes.tour().await?;
            }
        }
        println!("axe looked {} times", eyes.looked);
        assert_eq!(eyes.found, Vec::<String>::new());
        Ok(())
    })
    .await
}
