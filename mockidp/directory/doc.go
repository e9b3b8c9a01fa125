// Package directory is who and what a mock environment knows: its users, their
// organizations, how they sign in (connections), and the applications that
// they sign in to (clients).
//
// A [Config] describes them; [New] makes a [Directory], which also takes in the
// people who sign up while the environment runs. Scalekit's SDKs read it through
// gRPC, which [SDK] answers. What a Directory returns is shared and never
// changed. Everything is safe for concurrent use.
package directory
