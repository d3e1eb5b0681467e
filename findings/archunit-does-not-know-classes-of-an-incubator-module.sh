#!/usr/bin/env bash
# Guess: an ArchUnit rule gives the same answer for the same class files, whatever the options of the JVM that checks it.
# Found, with ArchUnit 1.5.0 on JDK 25.0.3: ArchUnit asks the running JVM for classes that were not imported. Without --add-modules jdk.incubator.vector it does not get those of that module, takes
# each for an empty class without a superclass or interfaces, and says nothing: "no class should depend on classes that are assignable to Vector" passes for a class full of vectors. With the option
# the rule fails, as it should. A rule by package works either way: resideInAPackage("jdk.incubator..").
#
# Needs Maven and a JDK 25 (JAVA25_HOME, or JAVA_HOME). Fails if the behaviour has changed.
set -euo pipefail
java=${JAVA25_HOME:-${JAVA_HOME:?set JAVA25_HOME to a JDK 25}}/bin
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>example</groupId><artifactId>rules</artifactId><version>1</version>
  <dependencies><dependency><groupId>com.tngtech.archunit</groupId><artifactId>archunit</artifactId><version>1.5.0</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.17</version></dependency></dependencies></project>
POM
cat > Sum.java <<'JAVA'
package example;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

class Sum {
    float sum(float[] a) { return FloatVector.fromArray(FloatVector.SPECIES_128, a, 0).reduceLanes(VectorOperators.ADD); }
}
JAVA
cat > Rules.java <<'JAVA'
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

void main() {
    var classes = new ClassFileImporter().importPath("classes");
    show("assignable to Vector", noClasses().should().dependOnClassesThat().areAssignableTo("jdk.incubator.vector.Vector"), classes);
    show("in a package jdk.incubator..", noClasses().should().dependOnClassesThat().resideInAPackage("jdk.incubator.."), classes);
}

void show(String name, ArchRule rule, com.tngtech.archunit.core.domain.JavaClasses classes) {
    IO.println("  no class should depend on classes " + name + ": " + (rule.evaluate(classes).hasViolation() ? "FAILS" : "passes"));
}
JAVA
mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy-dependencies -DoutputDirectory=jars
"$java/javac" --add-modules jdk.incubator.vector -d classes Sum.java 2> javac.log || { cat javac.log; exit 1; }
"$java/java" -version 2>&1 | sed -n 2p; ls jars/archunit-*
try() { # ANSWERS, OPTIONS
  local expected=$1; shift
  echo "java $*"
  "$java/java" "$@" -cp 'jars/*' Rules.java 2> err.log | tee out.log
  grep -v 'Using incubator modules' err.log || true
  [ "$(grep -o 'FAILS\|passes' out.log | paste -sd' ')" = "$expected" ] || { echo "the behaviour has changed"; exit 1; }
}
try "passes FAILS"
try "FAILS FAILS" --add-modules jdk.incubator.vector
