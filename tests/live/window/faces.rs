//! Which face a text is set in: fontconfig answers for a system that speaks Chinese with a Chinese face for every name it does
//! not know.

use super::shown;
use switchback_tests::desktop::{Desktop, Done};

/// How wide ten of each are, in a hundred pixels, and whether the page speaks English.
const WIDTHS: &str = "
    document.documentElement.lang = 'en';
    const wide = (face, text) => {
        const box = document.createElement('span');
        box.style.cssText = `position: absolute; white-space: pre; font: 100px ${face}`;
        box.textContent = text.repeat(10);
        document.body.append(box);
        const { width } = box.getBoundingClientRect();
        box.remove();
        return Math.round(width);
    };
    return [wide('var(--font-mono)', 'i'), wide('var(--font-mono)', 'M'), wide('var(--font-ui)', '\u{201c}')];";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn digests_are_of_one_width_and_english_quotes_narrow_whatever_the_system_speaks() -> Done {
    let home = tempfile::tempdir()?;
    for locale in ["C.UTF-8", "zh_CN.UTF-8"] {
        shown(&Desktop::speaking(home.path(), locale)?, async |window| {
            window.see("[data-testid='rail-board']").await?;
            // A face of this machine is looked for when it is first asked for.
            let narrow = |widths: &serde_json::Value| widths[2].as_u64().is_some_and(|quote| quote < 700);
            let widths = window.until(WIDTHS, Vec::new(), narrow).await?;
            assert_eq!(widths[0], widths[1], "{locale}: {widths}");
            Ok(())
        })
        .await?;
    }
    Ok(())
}
