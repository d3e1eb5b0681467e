#!/usr/bin/env bash
# Guess: an AOT cache made in one step (JEP 514) helps a program with --add-modules jdk.incubator.vector as it helps any other, and if it cannot be made, java says so by its exit status.
# Found, with JDK 25.0.3: java logs two errors ("An error has occurred while processing the AOT configuration file", "archivedBootLayer not available"), then says that the creation is complete,
# and exits with 0. The file is loaded, but without linked classes and without the module graph, which are most of its use. It is the incubator module: with --add-modules java.sql all is well.
#
# Needs a JDK 25 (JAVA25_HOME, or JAVA_HOME). Fails if the behaviour has changed.
set -euo pipefail
java=${JAVA25_HOME:-${JAVA_HOME:?set JAVA25_HOME to a JDK 25}}/bin
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
unset JAVA_TOOL_OPTIONS
"$java/java" -version 2>&1 | sed -n 2p
echo 'class Hello { public static void main(String[] args) { System.out.println("hello"); } }' > Hello.java
"$java/javac" Hello.java; "$java/jar" cfe hello.jar Hello Hello.class
try() { # MODULE: what it says when it makes the cache, and when it uses it
  rm -f cache
  "$java/java" --add-modules "$1" -XX:AOTCacheOutput=cache -cp hello.jar Hello > made.log 2>&1 || { cat made.log; echo "$1: exit status $?: the behaviour has changed"; exit 1; }
  "$java/java" --add-modules "$1" -XX:AOTCache=cache -Xlog:aot -cp hello.jar Hello > used.log 2>&1
  grep -q 'AOTCache creation is complete' made.log || { cat made.log; echo "$1: no cache: the behaviour has changed"; exit 1; }
  errors=$(grep -c '\[error\]\[aot\]' made.log || true)
  echo "$1: exit status 0, \"AOTCache creation is complete\", $errors errors; $(grep -o 'Using AOT-linked classes: [a-z]*' used.log); $(grep -o -m1 ' full module graph: [a-z]*' used.log)"
}
try java.sql
[ "$errors" = 0 ] && grep -q 'AOT-linked classes: true' used.log || { echo "java.sql: the behaviour has changed"; exit 1; }
try jdk.incubator.vector
[ "$errors" = 2 ] && grep -q 'AOT-linked classes: false' used.log || { echo "jdk.incubator.vector: the behaviour has changed"; exit 1; }
