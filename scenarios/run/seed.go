package run

import (
	"cmp"
	"fmt"
	"strconv"

	"github.com/assay-id/assay/mockidp"
)

// zeroSeed replaces the seed zero, which the mock environment would replace
// by a random one.
const zeroSeed = 0x9E3779B97F4A7C15

// CA returns the certificate, in PEM, of the authority that issues those of the
// environments of a run with the seed and the network.
func CA(seed uint64, network mockidp.ListenerConfig) []byte {
	return mockidp.CA(serverConfig(seed, network))
}

// serverConfig keeps to HTTP/1.1: the faults of some cases are about its
// connections.
func serverConfig(seed uint64, network mockidp.ListenerConfig) mockidp.Config {
	network.HTTP1Only = true
	return mockidp.Config{ListenerConfig: network, Seed: cmp.Or(seed, zeroSeed)}
}

// FormatSeed writes a seed in hexadecimal.
func FormatSeed(seed uint64) string { return strconv.FormatUint(seed, 16) }

// ParseSeed reads a seed that FormatSeed wrote.
func ParseSeed(text string) (uint64, error) {
	seed, err := strconv.ParseUint(text, 16, 64)
	if err != nil {
		return 0, fmt.Errorf("seed is %q, want up to sixteen hexadecimal digits", text)
	}
	return seed, nil
}
