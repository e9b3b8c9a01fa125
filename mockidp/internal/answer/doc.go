// Package answer writes the answers that all endpoints of the mock share: JSON,
// errors, and redirects. None of them may be cached.
package answer
