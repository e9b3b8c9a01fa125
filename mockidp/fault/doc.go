// Package fault holds what the mock environment does wrong on request.
//
// Nothing goes wrong by itself: each [Fault] is added to a [Set] by name,
// says where it strikes ([Endpoint], [Match]) and how often (Skip,
// Probability, Count), and stays until it is used up or removed. A [Kind] is
// one way to go wrong, from an honest 503 to bytes that are not HTTP.
// Probabilities are drawn from a seeded stream per fault, so the same
// requests meet the same faults in every run, and every application is
// recorded. A [Budget] lets through clients that were struck too often.
//
// A server asks [Set.Pick] before it answers and, if a fault was picked, lets
// [Injection.Serve] play it around the handler of the endpoint. The two are
// separate so that the server can note the fault in its request log before an
// answer that may never end.
//
// A fault that waits (delay, hang, drip, endless bodies) ends when the client
// leaves, when the context of the request ends, which the server must arrange
// when it closes, and when the fault is removed. The package starts no
// goroutine that outlives a request. A Set is safe for concurrent use.
//
// One kind strikes tokens, not requests: [Set.PickToken] is asked before a
// token is issued, and package forge makes the forged one. A JWK Set or
// provider metadata with wrong content is published by the environment
// instead.
//
// Faults have a JSON form, read strictly, for files and for the control API.
package fault
