package scenarios

import (
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// checkKeys judges what is asked of the keys of a case: the size, exponent and
// shape must be ones that a key of its algorithm can have.
func checkKeys(s *Scenario, node ast.Node) error {
	for _, name := range slices.Sorted(maps.Keys(s.Keys)) {
		if err := checkKey(s.Keys[name], child(node, "keys", name)); err != nil {
			return err
		}
	}
	return nil
}

func checkKey(k Key, node ast.Node) error {
	isRSA := k.Alg == "" || strings.HasPrefix(k.Alg, "RS") || strings.HasPrefix(k.Alg, "PS")
	if k.Shape != "" {
		if err := oneOf(child(node, "shape"), "shape", k.Shape, KeyShapes()); err != nil {
			return err
		}
	}
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
	case k.Exponent != 0 && (!isRSA || k.Exponent < 3 || k.Exponent%2 == 0):
		return errorAt(child(node, "exponent"), "want an odd prime, for an RSA key")
	case k.Shape == "roca" && !isRSA, k.Shape == "zero-x" && !strings.HasPrefix(k.Alg, "ES"):
		return errorAt(child(node, "shape"), "a key for %q has no shape %q", k.Alg, k.Shape)
	}
	return nil
}
