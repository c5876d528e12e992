//! Result codes by name.

use std::fmt;

/// A result code: any number that a server sends, with names for those that are defined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResultCode(pub u32);

macro_rules! codes {
    ($($constant:ident $value:literal $name:literal),* $(,)?) => {
        impl ResultCode {
            $(#[doc = concat!("`", $name, "`, ", $value)] pub const $constant: Self = Self($value);)*

            /// The code's name in RFC 4511 or where else it was defined; none for unknown codes.
            pub fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some($name),)*
                    _ => None,
                }
            }
        }

        #[cfg(test)]
        const ALL: &[(ResultCode, u32)] = &[$((ResultCode::$constant, $value)),*];
    };
}

codes! {
    SUCCESS 0 "success",
    OPERATIONS_ERROR 1 "operationsError",
    PROTOCOL_ERROR 2 "protocolError",
    TIME_LIMIT_EXCEEDED 3 "timeLimitExceeded",
    SIZE_LIMIT_EXCEEDED 4 "sizeLimitExceeded",
    COMPARE_FALSE 5 "compareFalse",
    COMPARE_TRUE 6 "compareTrue",
    AUTH_METHOD_NOT_SUPPORTED 7 "authMethodNotSupported",
    STRONGER_AUTH_REQUIRED 8 "strongerAuthRequired",
    REFERRAL 10 "referral",
    ADMIN_LIMIT_EXCEEDED 11 "adminLimitExceeded",
    UNAVAILABLE_CRITICAL_EXTENSION 12 "unavailableCriticalExtension",
    CONFIDENTIALITY_REQUIRED 13 "confidentialityRequired",
    SASL_BIND_IN_PROGRESS 14 "saslBindInProgress",
    NO_SUCH_ATTRIBUTE 16 "noSuchAttribute",
    UNDEFINED_ATTRIBUTE_TYPE 17 "undefinedAttributeType",
    INAPPROPRIATE_MATCHING 18 "inappropriateMatching",
    CONSTRAINT_VIOLATION 19 "constraintViolation",
    ATTRIBUTE_OR_VALUE_EXISTS 20 "attributeOrValueExists",
    INVALID_ATTRIBUTE_SYNTAX 21 "invalidAttributeSyntax",
    NO_SUCH_OBJECT 32 "noSuchObject",
    ALIAS_PROBLEM 33 "aliasProblem",
    INVALID_DN_SYNTAX 34 "invalidDNSyntax",
    ALIAS_DEREFERENCING_PROBLEM 36 "aliasDereferencingProblem",
    INAPPROPRIATE_AUTHENTICATION 48 "inappropriateAuthentication",
    INVALID_CREDENTIALS 49 "invalidCredentials",
    INSUFFICIENT_ACCESS_RIGHTS 50 "insufficientAccessRights",
    BUSY 51 "busy",
    UNAVAILABLE 52 "unavailable",
    UNWILLING_TO_PERFORM 53 "unwillingToPerform",
    LOOP_DETECT 54 "loopDetect",
    SORT_CONTROL_MISSING 60 "sortControlMissing",
    OFFSET_RANGE_ERROR 61 "offsetRangeError",
    NAMING_VIOLATION 64 "namingViolation",
    OBJECT_CLASS_VIOLATION 65 "objectClassViolation",
    NOT_ALLOWED_ON_NON_LEAF 66 "notAllowedOnNonLeaf",
    NOT_ALLOWED_ON_RDN 67 "notAllowedOnRDN",
    ENTRY_ALREADY_EXISTS 68 "entryAlreadyExists",
    OBJECT_CLASS_MODS_PROHIBITED 69 "objectClassModsProhibited",
    RESULTS_TOO_LARGE 70 "resultsTooLarge",
    AFFECTS_MULTIPLE_DSAS 71 "affectsMultipleDSAs",
    VIRTUAL_LIST_VIEW_ERROR 76 "virtualListViewError",
    OTHER 80 "other",
    SERVER_DOWN 81 "serverDown",
    LOCAL_ERROR 82 "localError",
    ENCODING_ERROR 83 "encodingError",
    DECODING_ERROR 84 "decodingError",
    TIMEOUT 85 "timeout",
    CONNECT_ERROR 91 "connectError",
    LCUP_RESOURCES_EXHAUSTED 113 "lcupResourcesExhausted",
    CANCELED 118 "canceled",
    NO_SUCH_OPERATION 119 "noSuchOperation",
    TOO_LATE 120 "tooLate",
    CANNOT_CANCEL 121 "cannotCancel",
    ASSERTION_FAILED 122 "assertionFailed",
    AUTHORIZATION_DENIED 123 "authorizationDenied",
    SYNC_REFRESH_REQUIRED 4096 "e-syncRefreshRequired",
    NO_OPERATION 16654 "noOperation",
}

impl ResultCode {
    /// Whether the operation was done: success, or the answer of a compare.
    pub fn is_success(self) -> bool {
        matches!(self, Self::SUCCESS | Self::COMPARE_FALSE | Self::COMPARE_TRUE)
    }

    /// Whether the same request may succeed a moment later.
    pub fn is_transient(self) -> bool {
        matches!(self, Self::BUSY | Self::UNAVAILABLE)
    }
}

impl fmt::Display for ResultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name().unwrap_or("unknown"), self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_names() {
        for (code, value) in ALL {
            assert_eq!(code.0, *value);
            assert!(code.name().is_some());
        }
        assert_eq!(ResultCode(9999).to_string(), "unknown (9999)");
        assert_eq!(ResultCode::NO_SUCH_OBJECT.to_string(), "noSuchObject (32)");
        assert!(ResultCode(6).is_success() && !ResultCode(32).is_success() && ResultCode(51).is_transient());
    }
}
