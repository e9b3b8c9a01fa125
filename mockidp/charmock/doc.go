// Package charmock plays Char's side of a sign-in: it exchanges ID Tokens for
// tickets, lets tickets connect, and answers Test Connection.
//
// It verifies nothing itself. Its caller provides the verifier, so that one
// and the same mock shows what becomes of a wrong verifier, too. Paths,
// bodies, the order of checks and the lifetime of a ticket are those that
// Char documents. HTTP statuses and what connect answers are not documented;
// they are this package's own, and so is the code INVALID_TICKET.
package charmock
