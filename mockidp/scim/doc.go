// Package scim is directory sync: the SCIM 2.0 service at which the identity
// provider of an organization says who its users and groups are. RFC 7643, RFC
// 7644.
//
// A user who is made inactive or deleted loses every session and refresh token
// at once. A group is a role: its members have its name among the roles of
// their access tokens. Attributes that the environment has no use for are not
// kept.
//
// The protocol is elimity-com/scim's; what changes users is this package's own.
// A [Service] is safe for concurrent use.
package scim
