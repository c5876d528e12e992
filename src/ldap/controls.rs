//! Controls (RFC 4511 section 4.1.11): those that `ldap3` lacks, and those whose answers it can't read without panicking.

mod dereference;
mod encode;
mod filter;
mod flags;
pub mod oid;
mod paged;
mod read_entry;
mod sort;
mod sync;
mod values;

pub use dereference::{dereference, parse_dereferenced};
pub use encode::Control;
pub use filter::{assertion, matched_values};
pub use flags::{
    domain_scope, extended_dn, manage_dsa_it, notification, permissive_modify, proxied_authorization, relax_rules,
    show_deleted, tree_delete,
};
pub use paged::{PagedResponse, paged_results, parse_paged_response};
pub use read_entry::{parse_read_entry, post_read, pre_read};
pub use sort::{SortKey, parse_sort_response, server_side_sort};
pub use sync::{
    SyncDone, SyncInfo, SyncKind, SyncMode, SyncState, SyncUuid, parse_sync_done, parse_sync_info, parse_sync_state,
    sync_request,
};
