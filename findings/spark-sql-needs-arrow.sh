#!/usr/bin/env bash
# Guess: Arrow is for Spark's Python and R, so a program in Java can omit its jars (12 MB). RDD jobs and a small SQL query on Spark 4.2.0 seem to confirm this.
# Found: if generated code calls a user-defined function (UDF), Janino reflects on a class of Spark whose methods use Arrow's types, and the query fails with
# NoClassDefFoundError: org/apache/arrow/vector/types/pojo/ArrowType. Without rocksdbjni (70 MB) it runs.
#
# Needs Maven and a JDK 17 or newer. Downloads Spark (210 MB) from Maven Central. Fails if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cd "$work"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>example</groupId><artifactId>arrow</artifactId><version>1</version>
  <dependencies><dependency><groupId>org.apache.spark</groupId><artifactId>spark-sql_2.13</artifactId><version>4.2.0</version>
    <exclusions><exclusion><groupId>org.rocksdb</groupId><artifactId>rocksdbjni</artifactId></exclusion></exclusions></dependency></dependencies></project>
POM
cat > Udf.java <<'JAVA'
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import static org.apache.spark.sql.functions.*;
public class Udf {
    public static void main(String[] args) {
        SparkSession spark = SparkSession.builder().master("local[1]").config("spark.ui.enabled", "false").config("spark.driver.host", "127.0.0.1").getOrCreate();
        UDF1<Long, String> twice = x -> "" + 2 * x;
        System.out.println("answer " + spark.range(3).select(udf(twice, DataTypes.StringType).apply(col("id"))).collectAsList());
    }
}
JAVA
mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy-dependencies -DoutputDirectory=jars
javac -cp 'jars/*' -d . Udf.java
run() { SPARK_LOCAL_IP=127.0.0.1 java --add-opens=java.base/java.lang.invoke=ALL-UNNAMED --add-opens=java.base/java.nio=ALL-UNNAMED --add-opens=java.base/java.util=ALL-UNNAMED \
  --add-opens=java.base/sun.nio.ch=ALL-UNNAMED -cp '.:jars/*' Udf > "$1" 2>&1; }
run with.log && grep -q 'answer \[\[0\], \[2\], \[4\]\]' with.log || { tail with.log; echo "with Arrow it should run"; exit 1; }
echo "Spark 4.2.0 with Arrow: runs"
rm jars/arrow-*.jar
if run without.log; then echo "without Arrow: runs: the behaviour has changed"; exit 1; fi
grep -m1 -o 'NoClassDefFoundError: org/apache/arrow[^ ]*' without.log || { tail without.log; echo "it fails for another reason"; exit 1; }
echo "Spark 4.2.0 without Arrow: fails"
