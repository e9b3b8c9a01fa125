// Package strict reads JSON that people write: it refuses members that nobody
// would read, and its errors say where the mistake is and what would work.
package strict
