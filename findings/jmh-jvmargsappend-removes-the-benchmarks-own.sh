#!/usr/bin/env bash
# Guess: JMH's option -jvmArgsAppend appends: its help says "append these options after the already given JVM args". So a benchmark with @Fork(jvmArgsAppend = "--add-modules=jdk.incubator.vector")
# can be run with -jvmArgsAppend -Xmx1g, too.
# Found, with JMH 1.37: the option replaces the annotation's jvmArgsAppend, and the module is gone. The benchmark fails with NoClassDefFoundError, or, if the code has another path for JVMs without
# the module, measures that. JMH still exits with 0. -jvmArgs and -jvmArgsPrepend leave it alone: each replaces only its namesake.
# See https://github.com/melix/jmh-gradle-plugin/issues/24, where a plugin's users met it.
#
# Needs Maven and a JDK 25 (JAVA25_HOME, or JAVA_HOME). Fails if the behaviour has changed.
set -euo pipefail
java=${JAVA25_HOME:-${JAVA_HOME:?set JAVA25_HOME to a JDK 25}}/bin
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>example</groupId><artifactId>append</artifactId><version>1</version>
  <dependencies><dependency><groupId>org.openjdk.jmh</groupId><artifactId>jmh-core</artifactId><version>1.37</version></dependency>
    <dependency><groupId>org.openjdk.jmh</groupId><artifactId>jmh-generator-annprocess</artifactId><version>1.37</version></dependency></dependencies></project>
POM
cat > Add.java <<'JAVA'
package example;

import jdk.incubator.vector.FloatVector;
import org.openjdk.jmh.annotations.*;

@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 0)
@Measurement(iterations = 1)
@BenchmarkMode(Mode.SingleShotTime)
public class Add {
    @Benchmark public Object vector() { return FloatVector.zero(FloatVector.SPECIES_128).add(1); }
}
JAVA
mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy-dependencies -DoutputDirectory=jars
"$java/javac" --add-modules jdk.incubator.vector -proc:full -cp 'jars/*' -d . Add.java 2> javac.log || { cat javac.log; exit 1; }
try() { # WHETHER IT RUNS, OPTIONS
  local expected=$1 status=0 runs=no; shift
  "$java/java" -cp '.:jars/*' org.openjdk.jmh.Main "$@" > log 2>&1 || status=$?
  if grep -q '^Add.vector' log; then runs=yes; fi
  printf '%-28s %-58s exit status %s, %s\n' "${*:-no option}" "$(grep -m1 '^# VM options' log)" "$status" "$([ $runs = yes ] && echo measured || grep -m1 -o 'NoClassDefFoundError.*' log)"
  [ "$status" = 0 ] && [ $runs = "$expected" ] || { echo "the behaviour has changed"; exit 1; }
}
try yes
grep -m1 '^# JMH version' log; grep -m1 '^# VM version' log
try yes -jvmArgs -Xmx1g
try yes -jvmArgsPrepend -Xmx1g
try no -jvmArgsAppend -Xmx1g
