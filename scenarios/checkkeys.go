package scenarios

import (
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// checkKeys checks what is asked of the keys of a case: size, exponent and shape
// must be ones that a key of its algorithm can have.
func checkKeys(s *Scenario, node ast.Node) error {
	for _, name := range slices.Sorted(maps.Keys(s.Keys)) {
		k, at := s.Keys[name], child(node, "keys", name)
		variants := s.AllVariants()
		if len(variants) == 0 {
			variants = []Variant{nil}
		}
		for _, variant := range variants {
			alg, err := k.Alg.Fill(PureFuncs(), variant)
			if err != nil {
				return errorAt(child(at, "alg"), "only members of the variant are known when a key is made: %v", err)
			}
			if err := checkKey(k, alg, at); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkKey checks a key that is made for alg.
func checkKey(k Key, alg string, node ast.Node) error {
	isRSA := alg == "" || strings.HasPrefix(alg, "RS") || strings.HasPrefix(alg, "PS")
	asked := 0
	for _, is := range []bool{k.Bits != 0, k.Exponent != 0, k.Shape != ""} {
		if is {
			asked++
		}
	}
	switch {
	case asked > 1:
		return errorAt(node, "want one of bits, exponent and shape")
	case k.Bits != 0 && !isRSA:
		return errorAt(child(node, "bits"), "only an RSA key has bits")
	case k.Bits != 0 && (k.Bits < 1024 || k.Bits > 16384):
		return errorAt(child(node, "bits"), "bits is %d, want 1024 to 16384", k.Bits)
	case k.Exponent != 0 &&
		(!isRSA || k.Exponent < 3 || !big.NewInt(int64(k.Exponent)).ProbablyPrime(0)):
		return errorAt(child(node, "exponent"), "want an odd prime, for an RSA key")
	case k.Shape == "roca" && !isRSA, k.Shape == "zero-x" && !strings.HasPrefix(alg, "ES"):
		return errorAt(child(node, "shape"), "a key for %q has no shape %q", alg, k.Shape)
	}
	return nil
}
