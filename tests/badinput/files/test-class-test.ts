@problemName test
@timeStamps false
@missing false
@univariate true
@equalLength true
@seriesLength 4
@classLabel true a b c
@data
22,23,24,25:a
24,26,23,25:b
26,24,27,25:c
28,27,26,25:a
25,25,25,25:b
27,28,29,30:c
29,31,28,30:a
31,29,32,30:b
33,32,31,30:c
30,30,30,30:a
32,33,34,35:b
34,36,33,35:c
