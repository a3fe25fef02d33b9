//! Messages are queued with what they tell, per channel, and leave the queue by delivery or by giving up. Either stays
//! as evidence of who was told.

use super::*;
use switchback_core::port::{Delivery, DeliveryState, Topic};

#[tokio::test]
async fn each_channel_gets_the_topics_it_wants_with_a_link() {
    let bench = Bench::new().await;
    let lease = bench.lease().await;
    let channels =
        [("desktop".to_owned(), vec![Topic::Started, Topic::Succeeded]), ("mail".to_owned(), vec![Topic::Succeeded])];
    bench.store.set_channels(&channels).await.unwrap();
    let plan = deploy(&bench.store, &lease, 1, 1, "1.0.0").await;
    let queued = bench.store.outbox(at(9)).await.unwrap();
    let seen: Vec<_> = queued.iter().map(|(_, channel, message)| (channel.as_str(), message.topic)).collect();
    assert_eq!(seen, [("desktop", Topic::Started), ("desktop", Topic::Succeeded), ("mail", Topic::Succeeded)]);
    let message = &queued[0].2;
    assert_eq!(message.link, format!("switchback://deployment/{}", plan.deployment));
    assert_eq!((message.by.as_str(), message.id.get_version_num()), ("amara", 7));
    assert_eq!(queued[1].2.id, queued[2].2.id, "one message, two channels");
}

#[tokio::test]
async fn a_delivery_ends_it_a_failure_delays_it_and_giving_up_is_audited() {
    let bench = Bench::new().await;
    let lease = bench.lease().await;
    bench.store.set_channels(&[("mail".to_owned(), vec![Topic::Started, Topic::Succeeded])]).await.unwrap();
    deploy(&bench.store, &lease, 1, 1, "1.0.0").await;
    let queued = bench.store.outbox(at(1)).await.unwrap();
    let (first, second) = (queued[0].0, queued[1].0);
    bench.store.delivered(first, Ok(()), at(2)).await.unwrap();
    assert!(bench.store.delivered(first, Ok(()), at(2)).await.is_err());
    bench.store.delivered(second, Err(("refused".to_owned(), Some(at(60)))), at(2)).await.unwrap();
    assert_eq!(bench.store.outbox(at(59)).await.unwrap(), []);
    assert_eq!(bench.store.outbox(at(60)).await.unwrap().len(), 1);
    bench.store.delivered(second, Err(("refused".to_owned(), None)), at(61)).await.unwrap();
    assert_eq!(bench.store.outbox(at(99)).await.unwrap(), []);
    let page = bench.store.audit(&AuditFilter::default(), None, 1).await.unwrap();
    assert_eq!((page.rows[0].audit.action.as_str(), page.rows[0].audit.why.as_str()), ("message.given-up", "refused"));
}

#[tokio::test]
async fn a_deployment_knows_who_was_told_who_waits_and_who_was_given_up() {
    let bench = Bench::new().await;
    let lease = bench.lease().await;
    let all = ["chat", "desktop", "mail"].map(|name| (name.to_owned(), vec![Topic::Succeeded]));
    bench.store.set_channels(&all).await.unwrap();
    let plan = deploy(&bench.store, &lease, 1, 1, "1.0.0").await;
    deploy(&bench.store, &lease, 2, 2, "1.1.0").await;
    let queued = bench.store.outbox(at(1)).await.unwrap();
    bench.store.delivered(queued[0].0, Ok(()), at(2)).await.unwrap();
    bench.store.delivered(queued[1].0, Err(("refused".to_owned(), None)), at(3)).await.unwrap();
    bench.store.delivered(queued[2].0, Err(("busy".to_owned(), Some(at(60)))), at(4)).await.unwrap();
    let told =
        |channel: &str, state| Delivery { channel: channel.to_owned(), topic: Topic::Succeeded, attempts: 1, state };
    let expected = [
        told("chat", DeliveryState::Arrived { at: at(2) }),
        told("desktop", DeliveryState::GivenUp { at: at(3), error: "refused".to_owned() }),
        told("mail", DeliveryState::Waiting { next: at(60), error: Some("busy".to_owned()) }),
    ];
    assert_eq!(bench.store.told(plan.deployment).await.unwrap(), expected);
}
