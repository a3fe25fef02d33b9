//! What a person does with the window: looks, clicks, types, presses keys.

use fantoccini::{
    Client, Locator,
    actions::{InputSource as _, KeyAction, KeyActions},
    elements::Element,
    key::Key,
};
use serde_json::Value;
use std::time::Duration;
use switchback_tests::desktop::{Done, PATIENCE};

/// Between two looks at what has no event.
const LOOK: Duration = Duration::from_millis(100);

/// The open window.
pub struct Window(pub Client);

fn named(id: &str) -> String {
    format!("[data-testid='{id}']")
}

impl Window {
    /// Waits for an element.
    pub async fn see(&self, css: &str) -> Done<Element> {
        let found = self.0.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await;
        found.map_err(|error| format!("{css}: {error}").into())
    }

    /// Waits for an element by its name.
    pub async fn find(&self, id: &str) -> Done<Element> {
        self.see(&named(id)).await
    }

    /// Clicks it.
    pub async fn click(&self, id: &str) -> Done {
        self.find(id).await?.click().await.map_err(|error| format!("{id} cannot be clicked: {error}").into())
    }

    /// Writes into it.
    pub async fn write(&self, id: &str, text: &str) -> Done {
        Ok(self.find(id).await?.send_keys(text).await?)
    }

    /// Waits for an element to hold a text. The driver's own notion of visible text leaves out cells that are cut.
    pub async fn reads(&self, id: &str, text: &str) -> Done {
        let script = "return document.querySelector(arguments[0])?.textContent ?? null";
        let shown =
            self.until(script, vec![named(id).into()], |shown| shown.as_str().unwrap_or_default().contains(text));
        shown.await.map(|_| ()).map_err(|error| format!("{id} never said {text}: {error}").into())
    }

    /// Waits until a script's answer is as wanted.
    pub async fn until(&self, script: &str, given: Vec<Value>, wanted: impl Fn(&Value) -> bool) -> Done<Value> {
        let asked = tokio::time::Instant::now();
        loop {
            let answer = self.0.execute(script, given.clone()).await?;
            if wanted(&answer) {
                return Ok(answer);
            }
            if asked.elapsed() > PATIENCE {
                return Err(format!("{script} still answers {answer}").into());
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Presses keys together, the last of them while the others are held.
    pub async fn chord(&self, keys: &[char]) -> Done {
        let mut actions = KeyActions::new("keyboard".to_owned());
        for key in keys {
            actions = actions.then(KeyAction::Down { value: *key });
        }
        for key in keys.iter().rev() {
            actions = actions.then(KeyAction::Up { value: *key });
        }
        Ok(self.0.perform_actions(actions).await?)
    }

    /// Presses one key.
    pub async fn press(&self, key: impl Into<char>) -> Done {
        self.chord(&[key.into()]).await
    }

    /// Types a text into whatever has the focus.
    pub async fn types(&self, text: &str) -> Done {
        let keys = text.chars().fold(KeyActions::new("keyboard".to_owned()), |keys, key| {
            keys.then(KeyAction::Down { value: key }).then(KeyAction::Up { value: key })
        });
        Ok(self.0.perform_actions(keys).await?)
    }

    /// The name of what has the focus.
    pub async fn focused(&self) -> Done<String> {
        let script = "return document.activeElement?.dataset.testid ?? ''";
        Ok(self.0.execute(script, Vec::new()).await?.as_str().unwrap_or_default().to_owned())
    }

    /// Presses Tab until an element has the focus; along the way, nothing has it unseen.
    pub async fn tab_to(&self, id: &str) -> Done {
        const ENOUGH: usize = 80;
        self.find(id).await?;
        let mut passed = Vec::new();
        for _ in 0..ENOUGH {
            if self.focused().await? == id {
                return Ok(());
            }
            self.press(Key::Tab).await?;
            let seen = self.0.execute(FOCUS_IS_SEEN, Vec::new()).await?;
            assert_eq!(seen, Value::Null, "it has the focus and nobody sees it");
            passed.push(self.focused().await?);
        }
        Err(format!("Tab never came to {id}: {passed:?}").into())
    }
}

/// Null, or the element that has the focus without a ring, an outline or a border of its own for it.
const FOCUS_IS_SEEN: &str = "
  const node = document.activeElement;
  if (!node || node === document.body || node === document.documentElement) return null;
  for (let at = node; at && at !== document.body; at = at.parentElement) {
    const style = getComputedStyle(at);
    if (style.boxShadow !== 'none' || (style.outlineStyle !== 'none' && style.outlineWidth !== '0px')) return null;
    if (at.matches('dialog')) break;
  }
  return node.outerHTML.slice(0, 200);";
