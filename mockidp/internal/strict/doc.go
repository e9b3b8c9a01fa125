// Package strict reads what people write: JSON without a member that nobody
// reads, and errors that say where the mistake is and what would work.
package strict
