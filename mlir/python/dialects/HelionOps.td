include "helion/HelionDialect/IR/HelionOps.td"
