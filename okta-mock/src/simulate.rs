//! `POST /_mock/users/{id or login}/simulate`: what only the user can do, such as signing in or mistyping a password.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::engine::Engine;
use crate::org::event::Origin;
use crate::org::id::mix;
use crate::org::log::Times;
use crate::org::{Tx, sign_in};

/// Wrong passwords in a row that lock a user out. Source: Okta's default password policy.
const ATTEMPTS: u64 = 10;

/// Carries `{"event": "sign_in" | "failed_sign_in" | "lock", "count": N}` out.
pub(crate) fn simulate(
    engine: &mut Engine,
    user: &str,
    body: &Map<String, Value>,
    now: i64,
) -> Result<Value, String> {
    let count = body.get("count").map_or(Some(1), Value::as_u64).filter(|count| (1..=1_000).contains(count));
    let count = count.ok_or("count: not a number from 1 to 1000")?;
    let org = &mut engine.org;
    let (id, party) = match org.find_user(user) {
        Ok(user) => (Arc::clone(&user.id), user.party()),
        Err(_) => return Err(format!("there is no user {user:?}")),
    };
    let event = body.get("event").and_then(Value::as_str).unwrap_or_default();
    let failed = match event {
        "sign_in" => false,
        "failed_sign_in" | "lock" => true,
        other => return Err(format!("event: {other:?} is none of sign_in, failed_sign_in, lock")),
    };
    let attempts = if event == "lock" { ATTEMPTS } else { count };
    for _ in 0..attempts {
        let request_id: Arc<str> = org.mint.hex("simulated").into();
        let place = mix(0, 77, now.cast_unsigned());
        let Some(mut event) = sign_in(org, &id, place, request_id) else { continue };
        if failed {
            event = event.because("FAILURE", "INVALID_CREDENTIALS");
        } else {
            org.users.change(&id, now, |user| user.last_login = Some(now));
            org.changed();
        }
        org.log_event_at(now, event, Times::default());
    }
    if failed && attempts >= ATTEMPTS {
        let id: Arc<str> = org.mint.hex("job").into();
        let tx = Tx { at: now, actor: party.clone(), origin: Origin::Job { id } };
        // Who is not active cannot be locked out; the attempts are in the log all the same.
        let _ = org.lock_user(&tx, &party.id);
    }
    let status = org.find_user(user).map(|user| user.status.name()).unwrap_or_default();
    Ok(json!({ "status": status }))
}
