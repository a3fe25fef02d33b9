//! What runs by itself in a MySQL or MariaDB database: routines, views, triggers. One that reaches another database would
//! have each statement refused that sets it off, so triggers and views of that kind are left out of the copy, and named.

use super::{
    NoCopy, make,
    mysql::{Copying, Made, quoted},
};
use crate::{DatabaseError, books::text};
use std::collections::BTreeMap;
use switchback_lint::{Dialect, statement::cut};

impl Copying<'_> {
    /// Makes functions and procedures; gives those that reach another database, each with what it reaches.
    pub async fn routines(&mut self, others: &[String]) -> Result<BTreeMap<String, String>, NoCopy> {
        let mut bodies = Vec::new();
        for kind in ["function", "procedure"] {
            let (made, names) =
                (Made { kind, column: 2 }, self.own("routine", &format!("and routine_type = '{kind}'")));
            made.all(self, &names).await?;
            for name in self.reads.names(&names).await? {
                let body = made.statement(self, &name).await?;
                bodies.push((name, body));
            }
        }
        let mut reaching = BTreeMap::new();
        loop {
            let before = reaching.len();
            for (name, body) in &bodies {
                if !reaching.contains_key(name)
                    && let Some(what) = reached(body, others, &reaching)
                {
                    reaching.insert(name.clone(), what);
                }
            }
            if reaching.len() == before {
                return Ok(reaching);
            }
        }
    }

    /// Makes views; says which are left out.
    pub async fn views(&mut self, others: &[String]) -> Result<Vec<String>, NoCopy> {
        let view = Made { kind: "view", column: 1 };
        let (mut open, mut reaching) = (Vec::new(), BTreeMap::new());
        for name in self.reads.names(&self.own("table", "and table_type = 'VIEW'")).await? {
            let body = view.statement(self, &name).await?;
            match reached(&body, others, &BTreeMap::new()) {
                Some(what) => drop(reaching.insert(name, what)),
                None => open.push(name),
            }
        }
        for (name, why) in view.most(self, open).await? {
            let body = view.statement(self, &name).await?;
            let what = reached(&body, &[], &reaching).ok_or(why)?;
            reaching.insert(name, what);
        }
        Ok(reaching.into_iter().map(|(name, what)| format!("view {name} is left out: it reads {what}")).collect())
    }

    /// Makes triggers; says which are left out. The server keeps the statement of each as somebody wrote it, maybe with the
    /// real database's name, so another one is put together from its parts.
    pub async fn triggers(
        &mut self,
        others: &[String],
        reaching: &BTreeMap<String, String>,
    ) -> Result<Vec<String>, NoCopy> {
        let query = format!(
            "select cast(trigger_name as char), cast(action_timing as char), cast(event_manipulation as char), \
             cast(event_object_table as char), cast(action_statement as char), cast(sql_mode as char) \
             from information_schema.triggers where trigger_schema = {} \
             order by event_object_table, action_timing, event_manipulation, action_order",
            text(Dialect::Mysql, self.of)
        );
        let rows = self.reads.rows(&query).await.map_err(DatabaseError::doing("read the triggers"))?;
        let mut left_out = Vec::new();
        for row in rows {
            let [Some(name), Some(timing), Some(event), Some(table), Some(body), Some(mode)] = row.as_slice() else {
                return Err(NoCopy("this user may not read how a trigger was made".to_owned()));
            };
            let head = format!("create trigger {} {timing} {event} on {} for each row ", quoted(name), quoted(table));
            let sql = head + body;
            if let Some(what) = reached(&sql, others, reaching) {
                left_out.push(format!("trigger {name} is left out: it reaches {what}"));
                continue;
            }
            let mode = format!("set session sql_mode = {}", text(Dialect::Mysql, mode));
            make(self.makes, name, &mode).await?;
            self.make(name, &sql).await?;
        }
        self.loosely().await?;
        Ok(left_out)
    }
}

/// What of another database a statement names, or a routine that it runs does.
fn reached(sql: &str, others: &[String], reaching: &BTreeMap<String, String>) -> Option<String> {
    let statements = cut(Dialect::Mysql, sql).statements;
    statements.iter().find_map(|one| {
        let tokens = &one.tokens;
        let other = tokens.windows(3).find(|three| {
            three[1].text == "." && others.iter().any(|other| other.eq_ignore_ascii_case(&three[0].text))
        });
        if let Some(three) = other {
            return Some(format!("{}.{}", three[0].text, three[2].text));
        }
        let by_name = |(name, _): &(&String, &String)| tokens.iter().any(|token| token.text.eq_ignore_ascii_case(name));
        let (name, what) = reaching.iter().find(by_name)?;
        Some(format!("{what} through {name}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_trigger_reaches_is_told_also_through_a_routine() {
        let others = ["audit".to_owned(), "shop".to_owned()];
        let through = BTreeMap::from([("keep".to_owned(), "audit.log".to_owned())]);
        let trigger = |body: &str| {
            let sql =
                format!("create trigger t after insert on a for each row begin set @a = 'audit.log'; {body}; end");
            reached(&sql, &others, &through)
        };
        assert_eq!(trigger("insert into `Audit`.log values (1)").as_deref(), Some("Audit.log"));
        assert_eq!(trigger("call keep(new.id)").as_deref(), Some("audit.log through keep"));
        assert_eq!(trigger("insert into log values (new.audit)"), None);
    }
}
