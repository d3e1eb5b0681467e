#!/usr/bin/env bash
# Guess: CommonOps_DDRM.invert returns false for a singular matrix; its documentation says "true if it could invert the matrix false if it could not". So `if (!invert(a, b)) refuse()` is enough.
# Found, with EJML 0.46.1: it returns true, whatever the size and the matrix, all zeros and NaN included; solve, too. Mostly the result then holds NaN or infinity, but not always: the numbers
# 1 to 25 as a 5 x 5 matrix of rank 2 have an "inverse" of harmless numbers, none above 16. elementMaxAbs does not see the NaN: it is 0 for a matrix of nothing else.
# What tells is the quality of a solver, or the determinant: 0 for all these matrices but NaN.
#
# Needs Maven and a JDK 25 (JAVA25_HOME, or JAVA_HOME). Fails if the behaviour has changed.
set -euo pipefail
java=${JAVA25_HOME:-${JAVA_HOME:?set JAVA25_HOME to a JDK 25}}/bin
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>example</groupId><artifactId>singular</artifactId><version>1</version>
  <dependencies><dependency><groupId>org.ejml</groupId><artifactId>ejml-ddense</artifactId><version>0.46.1</version></dependency></dependencies></project>
POM
cat > Singular.java <<'JAVA'
import org.ejml.EjmlVersion;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.MatrixFeatures_DDRM;
import org.ejml.dense.row.factory.LinearSolverFactory_DDRM;

void main() {
    IO.println("EJML " + EjmlVersion.VERSION);
    IO.println("singular matrix                  invert  largest   NaN or infinite  solve  determinant  quality");
    for (int n : new int[]{2, 3, 4, 5, 6, 7}) {
        var zeros = new DMatrixRMaj(n, n);
        check("zeros", zeros);
        var counted = zeros.copy();
        for (int i = 0; i < n * n; i++) counted.data[i] = i + 1;
        if (n > 2) check("1, 2, 3, ...", counted);
        var flat = CommonOps_DDRM.identity(n);
        flat.set(n - 1, n - 1, 0);
        check("identity, a row zero", flat);
    }
    var five = new DMatrixRMaj(5, 5);
    for (int i = 0; i < 25; i++) five.data[i] = i + 1;
    var inverse = new DMatrixRMaj(5, 5);
    CommonOps_DDRM.invert(five, inverse);
    double largest = CommonOps_DDRM.elementMaxAbs(inverse);
    if (MatrixFeatures_DDRM.hasUncountable(inverse) || largest > 16) throw new AssertionError("5 x 5: the behaviour has changed");
    var nan = new DMatrixRMaj(2, 2);
    CommonOps_DDRM.fill(nan, Double.NaN);
    IO.println("invert of NaN only: " + CommonOps_DDRM.invert(nan, new DMatrixRMaj(2, 2)));
    if (!CommonOps_DDRM.invert(nan, new DMatrixRMaj(2, 2))) throw new AssertionError("NaN: the behaviour has changed");
    IO.println("elementMaxAbs of NaN only: " + CommonOps_DDRM.elementMaxAbs(nan));
    if (CommonOps_DDRM.elementMaxAbs(nan) != 0) throw new AssertionError("elementMaxAbs: the behaviour has changed");
}

void check(String name, DMatrixRMaj a) {
    int n = a.numRows;
    var inverse = new DMatrixRMaj(n, n);
    boolean inverted = CommonOps_DDRM.invert(a, inverse);
    var ones = new DMatrixRMaj(n, 1);
    CommonOps_DDRM.fill(ones, 1);
    boolean solved = CommonOps_DDRM.solve(a, ones, new DMatrixRMaj(n, 1));
    var solver = LinearSolverFactory_DDRM.lu(n);
    solver.setA(a.copy());
    double determinant = CommonOps_DDRM.det(a), quality = solver.quality();
    IO.println(String.format("%d x %d, %-25s %-7s %-9.3g %-16s %-6s %-12.1g %.1g", n, n, name, inverted, CommonOps_DDRM.elementMaxAbs(inverse),
        MatrixFeatures_DDRM.hasUncountable(inverse), solved, determinant, quality));
    if (Math.abs(determinant) > 1e-12 || quality > 1e-12) throw new AssertionError("determinant or quality: the behaviour has changed");
    if (!inverted || !solved) throw new AssertionError("the behaviour has changed");
}
JAVA
mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy-dependencies -DoutputDirectory=jars
"$java/java" -cp 'jars/*' Singular.java
