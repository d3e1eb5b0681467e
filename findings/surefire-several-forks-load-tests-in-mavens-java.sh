#!/usr/bin/env bash
# Guess: `forkCount` only sets how many JVMs run the tests. The classes are loaded there, by the JDK of the toolchain.
# Found, with maven-surefire-plugin 3.5.6 and JUnit 5.14.4: this is true with one fork. With two, Surefire scans for tests in Maven's own JVM to distribute them,
# and loads the test classes there. If Maven runs on Java 17 and the tests are compiled for 25, this fails with UnsupportedClassVersionError.
#
# Needs Maven on a Java older than 25, and a JDK 25 that toolchain discovery finds. Fails if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
mkdir -p "$work/src/test/java"; cd "$work"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>example</groupId><artifactId>forks</artifactId><version>1</version>
  <properties><maven.compiler.release>25</maven.compiler.release><project.build.sourceEncoding>UTF-8</project.build.sourceEncoding></properties>
  <dependencies><dependency><groupId>org.junit.jupiter</groupId><artifactId>junit-jupiter</artifactId><version>5.14.4</version><scope>test</scope></dependency></dependencies>
  <build><plugins>
    <plugin><groupId>org.apache.maven.plugins</groupId><artifactId>maven-toolchains-plugin</artifactId><version>3.3.0</version>
      <executions><execution><goals><goal>select-jdk-toolchain</goal></goals><configuration><version>[25,26)</version><useJdk>Never</useJdk></configuration></execution></executions></plugin>
    <plugin><groupId>org.apache.maven.plugins</groupId><artifactId>maven-compiler-plugin</artifactId><version>3.16.0</version></plugin>
    <plugin><groupId>org.apache.maven.plugins</groupId><artifactId>maven-surefire-plugin</artifactId><version>3.5.6</version></plugin>
  </plugins></build>
</project>
POM
cat > src/test/java/OneTest.java <<'JAVA'
class OneTest { @org.junit.jupiter.api.Test void passes() {} }
JAVA
mvn --version | sed -n '1p;/Java version/p'
mvn -B -q test -DforkCount=1 > one.log 2>&1 || { cat one.log; echo "with one fork the tests should pass"; exit 1; }
echo "forkCount=1: passes"
if mvn -B test -DforkCount=2 > two.log 2>&1; then echo "forkCount=2: passes: the behaviour has changed"; exit 1; fi
grep -o -m1 'UnsupportedClassVersionError.*class file version [0-9.]*)' two.log || { cat two.log; echo "forkCount=2 fails for another reason"; exit 1; }
echo "forkCount=2: fails in Maven's own JVM"
