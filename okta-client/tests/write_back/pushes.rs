//! Event Hooks and log streams.

use okta_client::LifecycleStatus;
use okta_client::event_hooks::{NewEventHook, VerificationStatus};
use okta_client::log_streams::{LogStreamType, NewLogStream};
use secrecy::ExposeSecret;

use super::{org, same};

#[tokio::test(start_paused = true)]
async fn an_event_hook_is_registered_verified_replaced_and_deleted() {
    let (_org, client) = org();
    let hooks = client.event_hooks();
    let new =
        NewEventHook::new("Ingest", "https://ingest.example.com/events", &["user.lifecycle.create".into()]);
    let new = new.secret("Authorization", "hunter2hunter2").header("X-Source", "okta");
    assert!(!format!("{new:?}").contains("hunter2"));
    let hook = hooks.create(&new).await.expect("registered");
    assert_eq!(
        (hook.status.clone(), hook.verification_status.clone()),
        (Some(LifecycleStatus::Active), Some(VerificationStatus::Unverified))
    );
    let config = hook.channel.as_ref().and_then(|channel| channel.config.as_ref()).expect("a channel");
    let scheme = config.auth_scheme.as_ref().expect("a scheme");
    assert!(scheme.key.as_deref() == Some("Authorization") && scheme.value.is_none(), "Okta never tells it");
    assert_eq!(config.headers[0].value.as_ref().expect("a value").expose_secret(), "okta");
    same(&hook, hooks.get(&hook.id)).await;
    let verified = hooks.verify(&hook.id).await.expect("verified");
    assert_eq!(verified.verification_status, Some(VerificationStatus::Verified));
    same(&verified, hooks.get(&hook.id)).await;

    let edit =
        verified.edit().set("/name", "Ingest 2").set("/channel/config/authScheme/value", "hunter3hunter3");
    let replaced = hooks.replace(&hook.id, &edit).await.expect("replaced");
    assert_eq!(replaced.name.as_deref(), Some("Ingest 2"));
    same(&replaced, hooks.get(&hook.id)).await;
    hooks.delete(&hook.id).await.expect_err("switched on");
    assert_eq!(hooks.deactivate(&hook.id).await.expect("off").status, Some(LifecycleStatus::Inactive));
    assert_eq!(hooks.activate(&hook.id).await.expect("on").status, Some(LifecycleStatus::Active));
    hooks.deactivate(&hook.id).await.expect("off");
    hooks.delete(&hook.id).await.expect("deleted");
    assert!(hooks.list().paginate().collect_all().await.expect("a listing").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_log_stream_is_created_renamed_switched_and_deleted() {
    let (_org, client) = org();
    let streams = client.log_streams();
    let new = NewLogStream::event_bridge("Stream", "123456789012", "eu-central-1", "discovery");
    let stream = streams.create(&new).await.expect("created");
    assert_eq!(
        (stream.stream_type.clone(), stream.status.clone()),
        (Some(LogStreamType::AwsEventBridge), Some(LifecycleStatus::Active))
    );
    same(&stream, streams.get(&stream.id)).await;
    let renamed =
        streams.replace(&stream.id, &stream.edit().set("/name", "Stream 2")).await.expect("renamed");
    assert_eq!(
        renamed.extra::<String>("/settings/eventSourceName").expect("text").as_deref(),
        Some("discovery")
    );
    same(&renamed, streams.get(&stream.id)).await;
    streams.deactivate(&stream.id).await.expect("off, and the answer is empty");
    assert_eq!(streams.get(&stream.id).await.expect("there").status, Some(LifecycleStatus::Inactive));
    streams.activate(&stream.id).await.expect("on");
    streams.deactivate(&stream.id).await.expect("off");
    streams.delete(&stream.id).await.expect("deleted");
    assert!(streams.list().paginate().collect_all().await.expect("a listing").is_empty());
}
