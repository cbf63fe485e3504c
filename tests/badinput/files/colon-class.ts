@problemName test
@timeStamps false
@missing false
@univariate true
@equalLength true
@seriesLength 4
@classLabel true a:x b
@data
0,0,0,0:a:x
2,3,4,5:b
4,6,3,5:a:x
6,4,7,5:b
8,7,6,5:a:x
5,5,5,5:b
7,8,9,10:a:x
9,11,8,10:b
11,9,12,10:a:x
13,12,11,10:b
10,10,10,10:a:x
12,13,14,15:b
14,16,13,15:a:x
16,14,17,15:b
18,17,16,15:a:x
15,15,15,15:b
17,18,19,20:a:x
19,21,18,20:b
21,19,22,20:a:x
23,22,21,20:b
