//! Takes one of the ways out of a half applied version, and the one that needs nobody: nothing of it was done.

use crate::{
    Connection, DatabaseError, Doubt, Place, WayOut,
    books::{self, Entry},
    half::{Found, begun, find, settle_doubt},
    progress,
    runner::{Progress, RunError, Session},
    undo::{self, Ground, Undoing},
    unit::{Keep, units},
    walk::Walk,
};
use secrecy::SecretString;
use switchback_core::{
    migration::{Layout, Leg, Set},
    port::Programs,
};

/// Takes one of the ways out.
pub async fn settle(
    place: &Place,
    password: Option<&SecretString>,
    set: &Set,
    way_out: WayOut,
    programs: &dyn Programs,
    mut told: impl FnMut(&Progress),
) -> Result<(), RunError> {
    let mut session = Session::open(place, password, set.layout).await?;
    let connection = &mut session.connection;
    let Some(found) = find(connection, set).await? else {
        return Err(RunError::NotOffered("nothing is half applied".to_owned()));
    };
    let dialect = connection.dialect();
    let leg = found.leg;
    let write = |entry| books::entry(dialect, set.layout, &leg, entry);
    let not_known = "another tool left it, or its files were edited since: settle it by hand and mark it";
    match way_out {
        WayOut::MarkApplied | WayOut::MarkNotApplied => {
            let entry = write(found.marks(way_out == WayOut::MarkApplied));
            let mut walk = Walk::new(connection, &leg, &found.units, &mut told);
            if found.row.is_some() {
                walk.record(&entry).await?;
            } else {
                walk.connection.whole(&entry).await.map_err(DatabaseError::doing("write the tool's table"))?;
            }
        }
        _ if !found.knows() => return Err(RunError::NotOffered(not_known.to_owned())),
        WayOut::Finish => {
            prepare(connection, &found, way_out).await?;
            let running = found.running();
            let mut walk = Walk::new(connection, &running, &found.units, &mut told);
            walk.forward(found.done(way_out)).await?;
            walk.record(&write(found.ending())).await?;
        }
        WayOut::Undo => {
            let back = match undo::part(&Ground { place, password, set, programs }, &found).await {
                Undoing::By(back) => back,
                Undoing::No => {
                    let none = "no part of the other script brings the schema back";
                    return Err(RunError::NotOffered(none.to_owned()));
                }
                Undoing::Untried(why) => {
                    return Err(RunError::NotOffered(format!("what undoes it could not be tried: {why}")));
                }
            };
            prepare(connection, &found, way_out).await?;
            let turned = connection.run(&progress::turn(back.script, back.first)).await;
            turned.map_err(DatabaseError::doing("write what is about to be undone"))?;
            let other = Leg { way: leg.way.back(), script: back.script, ..leg };
            let mut walk = Walk::new(connection, &other, &back.units, &mut told);
            walk.forward(back.first).await?;
            walk.record(&write(Entry::Never)).await?;
        }
    }
    session.connection.close().await;
    Ok(())
}

/// Settles the doubt in the row, so that a death from here on finds it settled.
async fn prepare(connection: &mut Connection, found: &Found<'_>, way_out: WayOut) -> Result<(), RunError> {
    if let Some(sweep) = found.sweep(way_out) {
        connection.run(&sweep).await.map_err(DatabaseError::doing("remove an index that is not valid"))?;
    }
    let settled = connection.run(&progress::done(found.done(way_out))).await;
    Ok(settled.map_err(DatabaseError::doing("write what is done"))?)
}

/// After a statement was refused: when nothing of the script is done, its entry is taken back, and there is no half.
pub(crate) async fn nothing_done(
    connection: &mut Connection,
    layout: Layout,
    leg: &Leg<'_>,
    stopped: RunError,
) -> RunError {
    let Ok(Some(row)) = progress::read(connection).await else { return stopped };
    let all = units(connection.dialect(), layout, leg.script);
    let doubtful = if row.began {
        settle_doubt(connection, &row, all.get(begun(&all, row.done))).await.ok()
    } else {
        Some(Doubt::NotDone)
    };
    // Settings of the session are counted as units and leave nothing.
    let nothing = all.iter().take(row.done).all(|unit| unit.keep == Keep::Session);
    let undone = nothing && doubtful == Some(Doubt::NotDone);
    if undone {
        let mut sql = books::entry(connection.dialect(), layout, leg, Entry::Never);
        sql.push(progress::end());
        if connection.whole(&sql).await.is_err() {
            return stopped;
        }
        let _ = connection.run(&progress::drop_table()).await;
    }
    match stopped {
        RunError::Stopped { version, way, path, line, why, held_up, .. } => {
            RunError::Stopped { version, way, path, line, why, half: !undone, held_up }
        }
        other => other,
    }
}
