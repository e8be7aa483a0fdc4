//! What the writers can be asked to do. A command is data: it outlives the request that sent it.

use jiff::Timestamp;
use tokio::sync::oneshot;

use super::audit::{self, Ended, NewEntry};
use super::dialect::Conn;
use super::people::{self, ChangePerson, NewAccount, PasswordLink, SetPassword};
use super::registry_write::New;
use super::sessions::{self, Forgiven, NewSession, SignIn, SignInTry};
use super::{
    Added, Attachment, ChangeEndpoint, ChangeViews, Changed, Claim, Claimed, EndpointChange, EndpointSwitch, EntryKind,
    Filed, Handled, NewEsr, NewEvent, NewInbound, NewKey, Preview, PutEndpoint, RegistryWrite, Replay, Result, Revised,
    Revision, RevokeLinks, Settled, SigningSecret, StoreError, WebhookId, attachments, deliveries_write, endpoints,
    esrs_write, events, inbound, keys, links, previews, registry_write, settle, views, webhook_ids,
};
use crate::access::Origin;
use crate::notify::endpoint::Endpoint;

/// Where a command's answer goes; nobody may be there any more.
pub(super) type Reply<T> = oneshot::Sender<Result<T>>;

/// A command that ran inside a transaction that has not ended yet.
pub(super) struct Applied {
    /// The transaction has to be rolled back.
    pub(super) failed: bool,
    /// Answers the caller, once it is known how the transaction ended.
    pub(super) answer: Box<dyn FnOnce(Result<()>) + Send>,
}

impl Applied {
    fn new<T: Send + 'static>(result: Result<T>, reply: Reply<T>) -> Self {
        Self {
            failed: result.is_err(),
            answer: Box::new(move |ended| {
                // The caller may have gone away: what was stored stays stored.
                let _ = reply.send(result.and_then(|value| ended.map(|()| value)));
            }),
        }
    }
}

macro_rules! commands {
    ($($name:ident($input:ty) -> $output:ty = $run:path),+ $(,)?) => {
        /// One write: its input, and where the answer goes.
        pub(super) enum Command { $($name(Box<$input>, Reply<$output>)),+ }

        impl Command {
            /// Runs it inside the transaction that the writer has begun.
            pub(super) async fn apply(self, conn: &mut Conn) -> Applied {
                match self { $(Self::$name(input, reply) => Applied::new($run(conn, *input).await, reply)),+ }
            }

            /// Answers that it could not even begin.
            pub(super) fn refuse(self, error: StoreError) {
                // Nobody may be waiting any more.
                match self { $(Self::$name(_, reply) => { let _ = reply.send(Err(error)); }),+ }
            }
        }
    };
}

commands! {
    File(NewEsr) -> Filed = esrs_write::file,
    Revise(Revision) -> Revised = esrs_write::revise,
    AddEvent((String, NewEvent)) -> bool = events::add,
    AddAttachment((Attachment, Vec<NewEvent>)) -> bool = attachments::add,
    AddInbound(NewInbound) -> Added = inbound::add,
    SettleInbound(Settled) -> bool = inbound::settle,
    RememberWebhookId((WebhookId, Timestamp)) -> bool = webhook_ids::remember_command,
    ForgetWebhookIds(Timestamp) -> u64 = webhook_ids::forget,
    CreateKey((NewKey, SigningSecret)) -> () = keys::create,
    RevokeKey((String, Timestamp)) -> bool = keys::revoke,
    AddSigningSecret((SigningSecret, Timestamp)) -> bool = keys::add_signing_secret,
    ReplaceRegistry((Vec<New>, RegistryWrite)) -> Changed = registry_write::replace,
    PutEntries((Vec<New>, RegistryWrite)) -> Changed = registry_write::put,
    PutEndpoint(Endpoint) -> PutEndpoint = endpoints::put,
    ChangeEndpoint(EndpointChange) -> ChangeEndpoint = endpoints::change,
    ForgetOldSecrets(Timestamp) -> u64 = endpoints::forget_old_secrets,
    SwitchEndpoint(EndpointSwitch) -> bool = endpoints::switch,
    Claim(Claim) -> Vec<Claimed> = deliveries_write::claim,
    Settle(Vec<Handled>) -> bool = settle::settle,
    ReleaseLeases(Timestamp) -> u64 = deliveries_write::release,
    Replay(Replay) -> u64 = deliveries_write::replay,
    RevokeLinks(RevokeLinks) -> bool = links::revoke,
    AddPerson(NewAccount) -> bool = people::add,
    ChangePerson(ChangePerson) -> bool = people::change,
    SetPassword(SetPassword) -> bool = people::set_password,
    RehashPassword((String, String, String)) -> bool = people::rehash,
    AddPasswordLink(PasswordLink) -> () = people::add_link,
    StartSession(NewSession) -> bool = sessions::start,
    SessionSeen((String, Origin, Timestamp)) -> () = sessions::seen,
    EndSession((String, String, Timestamp)) -> bool = sessions::end,
    EndSessions((String, Option<String>, Timestamp)) -> u64 = sessions::end_all,
    TrySignIn(SignInTry) -> Option<Timestamp> = sessions::try_sign_in,
    Forgive(Vec<(String, Forgiven)>) -> () = sessions::forgive,
    BeginSignIn(SignIn) -> () = sessions::begin_sign_in,
    TakeSignIn((String, Timestamp)) -> Option<SignIn> = sessions::take_sign_in,
    ForgetSignIns((Timestamp, Timestamp)) -> () = sessions::forget,
    ActBegins(NewEntry) -> () = audit::begins,
    ActEnded(Ended) -> () = audit::ended,
    ChangeViews(ChangeViews) -> bool = views::change,
    KeepPreview((Preview, Timestamp)) -> () = previews::keep,
    ForgetPreview(String) -> () = previews::forget,
    RemoveEntries((EntryKind, Vec<String>, RegistryWrite)) -> Changed = registry_write::remove,
}
