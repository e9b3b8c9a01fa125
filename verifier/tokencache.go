package verifier

import (
	"crypto/sha256"
	"sync"
	"time"
)

// DefaultCacheTTL is how long a verified token is remembered when none is
// configured.
const DefaultCacheTTL = time.Minute

// DefaultCacheBytes bounds the memory of a cache when no limit is configured.
const DefaultCacheBytes = 16 << 20

// CacheConfig configures the cache of verified tokens. The zero value means no
// cache.
//
// A token that was accepted is accepted again without checking its signature if
// its bytes are the same, the keys have not changed since, and exp, nbf and
// Config.Rule still allow it. That saves nearly all the time of a verification
// and has this price: two callers with the same token get the same *Token,
// which neither may change, and the claims of accepted tokens stay in memory.
type CacheConfig struct {
	// Tokens is how many tokens are remembered at most. Zero means no cache.
	Tokens int

	// Bytes bounds the memory that the tokens take, by an estimate. Zero means
	// DefaultCacheBytes.
	Bytes int

	// TTL bounds how long a token is remembered before it is verified again. It
	// never lengthens the life of a token. Zero means DefaultCacheTTL; at most
	// an hour.
	TTL time.Duration
}

// validate reports mistakes of c.
func (c *CacheConfig) validate(m *mistakes) {
	switch {
	case c.Tokens < 0:
		m.wrong("Cache.Tokens", "%d is negative", c.Tokens)
	case c.Bytes < 0:
		m.wrong("Cache.Bytes", "%d is negative", c.Bytes)
	case c.TTL < 0 || c.TTL > time.Hour:
		m.wrong("Cache.TTL", "%v is out of range, want 0 to %v", c.TTL, time.Hour)
	}
}

// tokenKey is the hash of a token. The tokens themselves are credentials and
// are not kept.
type tokenKey [sha256.Size]byte

// maxCacheShards bounds the number of parts of a cache. It is divided so that
// cores seldom wait for each other.
const maxCacheShards = 16

// tokenCache remembers accepted tokens. It belongs to one Verifier, and so to
// one configuration. Refused tokens are never kept: an attacker can send any
// number of them.
type tokenCache struct {
	ttl    time.Duration
	shards []cacheShard
}

// cacheShard is one part of a tokenCache. Its entries are in a ring. When room
// is needed, an entry that was used since the hand last passed is spared once.
type cacheShard struct {
	mu    sync.Mutex
	set   *KeySet // the keys that all entries were verified with
	index map[tokenKey]int
	ring  []cacheEntry
	hand  int
	bytes int

	maxEntries, maxBytes int

	_ [64]byte // keeps the next shard off this one's cache line
}

// cacheEntry is an accepted token. In a free place of the ring, token is nil.
type cacheEntry struct {
	key   tokenKey
	token *Token
	at    time.Time // when it was verified
	used  bool
}

// newTokenCache returns a cache, or nil if none is configured.
func newTokenCache(c CacheConfig) *tokenCache {
	if c.Tokens == 0 {
		return nil
	}
	if c.Bytes == 0 {
		c.Bytes = DefaultCacheBytes
	}
	if c.TTL == 0 {
		c.TTL = DefaultCacheTTL
	}
	n := 1
	for n < maxCacheShards && n*2 <= c.Tokens {
		n *= 2
	}
	cache := &tokenCache{ttl: c.TTL, shards: make([]cacheShard, n)}
	for i := range cache.shards {
		s := &cache.shards[i]
		s.index = make(map[tokenKey]int)
		s.maxEntries, s.maxBytes = c.Tokens/n, c.Bytes/n
	}
	return cache
}

func (c *tokenCache) shard(key *tokenKey) *cacheShard {
	return &c.shards[int(key[0])&(len(c.shards)-1)]
}

// get returns the token if it was accepted under set, no longer ago than the
// TTL, and the clock has not been set back since.
func (c *tokenCache) get(key *tokenKey, set *KeySet, now time.Time) *Token {
	s := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.set != set {
		return nil
	}
	i, ok := s.index[*key]
	if !ok {
		return nil
	}
	e := &s.ring[i]
	if age := now.Sub(e.at); age < -clockSlack || age >= c.ttl {
		s.remove(i)
		return nil
	}
	e.used = true
	return e.token
}

// put adds a token that was accepted under set. Entries of another set are
// dropped: one of its keys may have been withdrawn.
func (c *tokenCache) put(key *tokenKey, set *KeySet, t *Token, now time.Time) {
	s := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.set != set {
		clear(s.index)
		clear(s.ring)
		s.set, s.ring, s.hand, s.bytes = set, s.ring[:0], 0, 0
	}
	if i, ok := s.index[*key]; ok {
		s.remove(i)
	}
	if t.footprint() > s.maxBytes {
		return
	}
	i := s.room(t.footprint())
	s.ring[i] = cacheEntry{key: *key, token: t, at: now}
	s.index[*key] = i
	s.bytes += t.footprint()
}

// room returns a free place in the ring, with memory left for a token of n
// bytes.
func (s *cacheShard) room(n int) int {
	free := -1
	if len(s.ring) < s.maxEntries {
		s.ring = append(s.ring, cacheEntry{})
		free = len(s.ring) - 1
	}
	for free < 0 || s.bytes+n > s.maxBytes {
		i := s.hand
		s.hand = (s.hand + 1) % len(s.ring)
		switch e := &s.ring[i]; {
		case e.token != nil && e.used:
			e.used = false
		case e.token != nil:
			s.remove(i)
			free = i
		default:
			free = i
		}
	}
	return free
}

// remove empties a place in the ring.
func (s *cacheShard) remove(i int) {
	e := &s.ring[i]
	s.bytes -= e.token.footprint()
	delete(s.index, e.key)
	*e = cacheEntry{}
}

// footprint estimates the memory that t takes in the cache, in bytes.
func (t *Token) footprint() int {
	const fixed = 1024 // the Token, the entry and its place in the index
	return fixed + len(t.payload) + 16*(cap(t.Audience)+cap(t.AMR))
}
