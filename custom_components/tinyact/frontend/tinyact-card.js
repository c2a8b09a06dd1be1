customElements.whenDefined('home-assistant').then(()=>{
"use strict";(()=>{var Xt=Object.defineProperty;var ei=Object.getOwnPropertyDescriptor;var u=(n,t,e,i)=>{for(var s=i>1?void 0:i?ei(t,e):t,r=n.length-1,a;r>=0;r--)(a=n[r])&&(s=(i?a(t,e,s):a(s))||s);return i&&s&&Xt(t,e,s),s};var fe=globalThis,be=fe.ShadowRoot&&(fe.ShadyCSS===void 0||fe.ShadyCSS.nativeShadow)&&"adoptedStyleSheets"in Document.prototype&&"replace"in CSSStyleSheet.prototype,qe=Symbol(),Xe=new WeakMap,re=class{constructor(t,e,i){if(this._$cssResult$=!0,i!==qe)throw Error("CSSResult is not constructable. Use `unsafeCSS` or `css` instead.");this.cssText=t,this.t=e}get styleSheet(){let t=this.o,e=this.t;if(be&&t===void 0){let i=e!==void 0&&e.length===1;i&&(t=Xe.get(e)),t===void 0&&((this.o=t=new CSSStyleSheet).replaceSync(this.cssText),i&&Xe.set(e,t))}return t}toString(){return this.cssText}},et=n=>new re(typeof n=="string"?n:n+"",void 0,qe),_=(n,...t)=>{let e=n.length===1?n[0]:t.reduce((i,s,r)=>i+(a=>{if(a._$cssResult$===!0)return a.cssText;if(typeof a=="number")return a;throw Error("Value passed to 'css' function must be a 'css' function result: "+a+". Use 'unsafeCSS' to pass non-literal values, but take care to ensure page security.")})(s)+n[r+1],n[0]);return new re(e,n,qe)},tt=(n,t)=>{if(be)n.adoptedStyleSheets=t.map(e=>e instanceof CSSStyleSheet?e:e.styleSheet);else for(let e of t){let i=document.createElement("style"),s=fe.litNonce;s!==void 0&&i.setAttribute("nonce",s),i.textContent=e.cssText,n.appendChild(i)}},Ne=be?n=>n:n=>n instanceof CSSStyleSheet?(t=>{let e="";for(let i of t.cssRules)e+=i.cssText;return et(e)})(n):n;var{is:ti,defineProperty:ii,getOwnPropertyDescriptor:si,getOwnPropertyNames:ni,getOwnPropertySymbols:ri,getPrototypeOf:ai}=Object,ve=globalThis,it=ve.trustedTypes,oi=it?it.emptyScript:"",li=ve.reactiveElementPolyfillSupport,ae=(n,t)=>n,oe={toAttribute(n,t){switch(t){case Boolean:n=n?oi:null;break;case Object:case Array:n=n==null?n:JSON.stringify(n)}return n},fromAttribute(n,t){let e=n;switch(t){case Boolean:e=n!==null;break;case Number:e=n===null?null:Number(n);break;case Object:case Array:try{e=JSON.parse(n)}catch{e=null}}return e}},ye=(n,t)=>!ti(n,t),st={attribute:!0,type:String,converter:oe,reflect:!1,useDefault:!1,hasChanged:ye};Symbol.metadata??=Symbol("metadata"),ve.litPropertyMetadata??=new WeakMap;var q=class extends HTMLElement{static addInitializer(t){this._$Ei(),(this.l??=[]).push(t)}static get observedAttributes(){return this.finalize(),this._$Eh&&[...this._$Eh.keys()]}static createProperty(t,e=st){if(e.state&&(e.attribute=!1),this._$Ei(),this.prototype.hasOwnProperty(t)&&((e=Object.create(e)).wrapped=!0),this.elementProperties.set(t,e),!e.noAccessor){let i=Symbol(),s=this.getPropertyDescriptor(t,i,e);s!==void 0&&ii(this.prototype,t,s)}}static getPropertyDescriptor(t,e,i){let{get:s,set:r}=si(this.prototype,t)??{get(){return this[e]},set(a){this[e]=a}};return{get:s,set(a){let c=s?.call(this);r?.call(this,a),this.requestUpdate(t,c,i)},configurable:!0,enumerable:!0}}static getPropertyOptions(t){return this.elementProperties.get(t)??st}static _$Ei(){if(this.hasOwnProperty(ae("elementProperties")))return;let t=ai(this);t.finalize(),t.l!==void 0&&(this.l=[...t.l]),this.elementProperties=new Map(t.elementProperties)}static finalize(){if(this.hasOwnProperty(ae("finalized")))return;if(this.finalized=!0,this._$Ei(),this.hasOwnProperty(ae("properties"))){let e=this.properties,i=[...ni(e),...ri(e)];for(let s of i)this.createProperty(s,e[s])}let t=this[Symbol.metadata];if(t!==null){let e=litPropertyMetadata.get(t);if(e!==void 0)for(let[i,s]of e)this.elementProperties.set(i,s)}this._$Eh=new Map;for(let[e,i]of this.elementProperties){let s=this._$Eu(e,i);s!==void 0&&this._$Eh.set(s,e)}this.elementStyles=this.finalizeStyles(this.styles)}static finalizeStyles(t){let e=[];if(Array.isArray(t)){let i=new Set(t.flat(1/0).reverse());for(let s of i)e.unshift(Ne(s))}else t!==void 0&&e.push(Ne(t));return e}static _$Eu(t,e){let i=e.attribute;return i===!1?void 0:typeof i=="string"?i:typeof t=="string"?t.toLowerCase():void 0}constructor(){super(),this._$Ep=void 0,this.isUpdatePending=!1,this.hasUpdated=!1,this._$Em=null,this._$Ev()}_$Ev(){this._$ES=new Promise(t=>this.enableUpdating=t),this._$AL=new Map,this._$E_(),this.requestUpdate(),this.constructor.l?.forEach(t=>t(this))}addController(t){(this._$EO??=new Set).add(t),this.renderRoot!==void 0&&this.isConnected&&t.hostConnected?.()}removeController(t){this._$EO?.delete(t)}_$E_(){let t=new Map,e=this.constructor.elementProperties;for(let i of e.keys())this.hasOwnProperty(i)&&(t.set(i,this[i]),delete this[i]);t.size>0&&(this._$Ep=t)}createRenderRoot(){let t=this.shadowRoot??this.attachShadow(this.constructor.shadowRootOptions);return tt(t,this.constructor.elementStyles),t}connectedCallback(){this.renderRoot??=this.createRenderRoot(),this.enableUpdating(!0),this._$EO?.forEach(t=>t.hostConnected?.())}enableUpdating(t){}disconnectedCallback(){this._$EO?.forEach(t=>t.hostDisconnected?.())}attributeChangedCallback(t,e,i){this._$AK(t,i)}_$ET(t,e){let i=this.constructor.elementProperties.get(t),s=this.constructor._$Eu(t,i);if(s!==void 0&&i.reflect===!0){let r=(i.converter?.toAttribute!==void 0?i.converter:oe).toAttribute(e,i.type);this._$Em=t,r==null?this.removeAttribute(s):this.setAttribute(s,r),this._$Em=null}}_$AK(t,e){let i=this.constructor,s=i._$Eh.get(t);if(s!==void 0&&this._$Em!==s){let r=i.getPropertyOptions(s),a=typeof r.converter=="function"?{fromAttribute:r.converter}:r.converter?.fromAttribute!==void 0?r.converter:oe;this._$Em=s;let c=a.fromAttribute(e,r.type);this[s]=c??this._$Ej?.get(s)??c,this._$Em=null}}requestUpdate(t,e,i,s=!1,r){if(t!==void 0){let a=this.constructor;if(s===!1&&(r=this[t]),i??=a.getPropertyOptions(t),!((i.hasChanged??ye)(r,e)||i.useDefault&&i.reflect&&r===this._$Ej?.get(t)&&!this.hasAttribute(a._$Eu(t,i))))return;this.C(t,e,i)}this.isUpdatePending===!1&&(this._$ES=this._$EP())}C(t,e,{useDefault:i,reflect:s,wrapped:r},a){i&&!(this._$Ej??=new Map).has(t)&&(this._$Ej.set(t,a??e??this[t]),r!==!0||a!==void 0)||(this._$AL.has(t)||(this.hasUpdated||i||(e=void 0),this._$AL.set(t,e)),s===!0&&this._$Em!==t&&(this._$Eq??=new Set).add(t))}async _$EP(){this.isUpdatePending=!0;try{await this._$ES}catch(e){Promise.reject(e)}let t=this.scheduleUpdate();return t!=null&&await t,!this.isUpdatePending}scheduleUpdate(){return this.performUpdate()}performUpdate(){if(!this.isUpdatePending)return;if(!this.hasUpdated){if(this.renderRoot??=this.createRenderRoot(),this._$Ep){for(let[s,r]of this._$Ep)this[s]=r;this._$Ep=void 0}let i=this.constructor.elementProperties;if(i.size>0)for(let[s,r]of i){let{wrapped:a}=r,c=this[s];a!==!0||this._$AL.has(s)||c===void 0||this.C(s,void 0,r,c)}}let t=!1,e=this._$AL;try{t=this.shouldUpdate(e),t?(this.willUpdate(e),this._$EO?.forEach(i=>i.hostUpdate?.()),this.update(e)):this._$EM()}catch(i){throw t=!1,this._$EM(),i}t&&this._$AE(e)}willUpdate(t){}_$AE(t){this._$EO?.forEach(e=>e.hostUpdated?.()),this.hasUpdated||(this.hasUpdated=!0,this.firstUpdated(t)),this.updated(t)}_$EM(){this._$AL=new Map,this.isUpdatePending=!1}get updateComplete(){return this.getUpdateComplete()}getUpdateComplete(){return this._$ES}shouldUpdate(t){return!0}update(t){this._$Eq&&=this._$Eq.forEach(e=>this._$ET(e,this[e])),this._$EM()}updated(t){}firstUpdated(t){}};q.elementStyles=[],q.shadowRootOptions={mode:"open"},q[ae("elementProperties")]=new Map,q[ae("finalized")]=new Map,li?.({ReactiveElement:q}),(ve.reactiveElementVersions??=[]).push("2.1.2");var je=globalThis,nt=n=>n,_e=je.trustedTypes,rt=_e?_e.createPolicy("lit-html",{createHTML:n=>n}):void 0,Le="$lit$",N=`lit$${Math.random().toFixed(9).slice(2)}$`,Ue="?"+N,ci=`<${Ue}>`,W=document,ce=()=>W.createComment(""),de=n=>n===null||typeof n!="object"&&typeof n!="function",Ie=Array.isArray,ht=n=>Ie(n)||typeof n?.[Symbol.iterator]=="function",De=`[ 	
\f\r]`,le=/<(?:(!--|\/[^a-zA-Z])|(\/?[a-zA-Z][^>\s]*)|(\/?$))/g,at=/-->/g,ot=/>/g,I=RegExp(`>|${De}(?:([^\\s"'>=/]+)(${De}*=${De}*(?:[^ 	
\f\r"'\`<>=]|("|')|))|$)`,"g"),lt=/'/g,ct=/"/g,pt=/^(?:script|style|textarea|title)$/i,Ve=n=>(t,...e)=>({_$litType$:n,strings:t,values:e}),l=Ve(1),Di=Ve(2),ji=Ve(3),z=Symbol.for("lit-noChange"),p=Symbol.for("lit-nothing"),dt=new WeakMap,V=W.createTreeWalker(W,129);function ut(n,t){if(!Ie(n)||!n.hasOwnProperty("raw"))throw Error("invalid template strings array");return rt!==void 0?rt.createHTML(t):t}var mt=(n,t)=>{let e=n.length-1,i=[],s,r=t===2?"<svg>":t===3?"<math>":"",a=le;for(let c=0;c<e;c++){let o=n[c],d,m,h=-1,g=0;for(;g<o.length&&(a.lastIndex=g,m=a.exec(o),m!==null);)g=a.lastIndex,a===le?m[1]==="!--"?a=at:m[1]!==void 0?a=ot:m[2]!==void 0?(pt.test(m[2])&&(s=RegExp("</"+m[2],"g")),a=I):m[3]!==void 0&&(a=I):a===I?m[0]===">"?(a=s??le,h=-1):m[1]===void 0?h=-2:(h=a.lastIndex-m[2].length,d=m[1],a=m[3]===void 0?I:m[3]==='"'?ct:lt):a===ct||a===lt?a=I:a===at||a===ot?a=le:(a=I,s=void 0);let f=a===I&&n[c+1].startsWith("/>")?" ":"";r+=a===le?o+ci:h>=0?(i.push(d),o.slice(0,h)+Le+o.slice(h)+N+f):o+N+(h===-2?c:f)}return[ut(n,r+(n[e]||"<?>")+(t===2?"</svg>":t===3?"</math>":"")),i]},he=class n{constructor({strings:t,_$litType$:e},i){let s;this.parts=[];let r=0,a=0,c=t.length-1,o=this.parts,[d,m]=mt(t,e);if(this.el=n.createElement(d,i),V.currentNode=this.el.content,e===2||e===3){let h=this.el.content.firstChild;h.replaceWith(...h.childNodes)}for(;(s=V.nextNode())!==null&&o.length<c;){if(s.nodeType===1){if(s.hasAttributes())for(let h of s.getAttributeNames())if(h.endsWith(Le)){let g=m[a++],f=s.getAttribute(h).split(N),x=/([.?@])?(.*)/.exec(g);o.push({type:1,index:r,name:x[2],strings:f,ctor:x[1]==="."?xe:x[1]==="?"?we:x[1]==="@"?Ae:F}),s.removeAttribute(h)}else h.startsWith(N)&&(o.push({type:6,index:r}),s.removeAttribute(h));if(pt.test(s.tagName)){let h=s.textContent.split(N),g=h.length-1;if(g>0){s.textContent=_e?_e.emptyScript:"";for(let f=0;f<g;f++)s.append(h[f],ce()),V.nextNode(),o.push({type:2,index:++r});s.append(h[g],ce())}}}else if(s.nodeType===8)if(s.data===Ue)o.push({type:2,index:r});else{let h=-1;for(;(h=s.data.indexOf(N,h+1))!==-1;)o.push({type:7,index:r}),h+=N.length-1}r++}}static createElement(t,e){let i=W.createElement("template");return i.innerHTML=t,i}};function B(n,t,e=n,i){if(t===z)return t;let s=i!==void 0?e._$Co?.[i]:e._$Cl,r=de(t)?void 0:t._$litDirective$;return s?.constructor!==r&&(s?._$AO?.(!1),r===void 0?s=void 0:(s=new r(n),s._$AT(n,e,i)),i!==void 0?(e._$Co??=[])[i]=s:e._$Cl=s),s!==void 0&&(t=B(n,s._$AS(n,t.values),s,i)),t}var $e=class{constructor(t,e){this._$AV=[],this._$AN=void 0,this._$AD=t,this._$AM=e}get parentNode(){return this._$AM.parentNode}get _$AU(){return this._$AM._$AU}u(t){let{el:{content:e},parts:i}=this._$AD,s=(t?.creationScope??W).importNode(e,!0);V.currentNode=s;let r=V.nextNode(),a=0,c=0,o=i[0];for(;o!==void 0;){if(a===o.index){let d;o.type===2?d=new Q(r,r.nextSibling,this,t):o.type===1?d=new o.ctor(r,o.name,o.strings,this,t):o.type===6&&(d=new ke(r,this,t)),this._$AV.push(d),o=i[++c]}a!==o?.index&&(r=V.nextNode(),a++)}return V.currentNode=W,s}p(t){let e=0;for(let i of this._$AV)i!==void 0&&(i.strings!==void 0?(i._$AI(t,i,e),e+=i.strings.length-2):i._$AI(t[e])),e++}},Q=class n{get _$AU(){return this._$AM?._$AU??this._$Cv}constructor(t,e,i,s){this.type=2,this._$AH=p,this._$AN=void 0,this._$AA=t,this._$AB=e,this._$AM=i,this.options=s,this._$Cv=s?.isConnected??!0}get parentNode(){let t=this._$AA.parentNode,e=this._$AM;return e!==void 0&&t?.nodeType===11&&(t=e.parentNode),t}get startNode(){return this._$AA}get endNode(){return this._$AB}_$AI(t,e=this){t=B(this,t,e),de(t)?t===p||t==null||t===""?(this._$AH!==p&&this._$AR(),this._$AH=p):t!==this._$AH&&t!==z&&this._(t):t._$litType$!==void 0?this.$(t):t.nodeType!==void 0?this.T(t):ht(t)?this.k(t):this._(t)}O(t){return this._$AA.parentNode.insertBefore(t,this._$AB)}T(t){this._$AH!==t&&(this._$AR(),this._$AH=this.O(t))}_(t){this._$AH!==p&&de(this._$AH)?this._$AA.nextSibling.data=t:this.T(W.createTextNode(t)),this._$AH=t}$(t){let{values:e,_$litType$:i}=t,s=typeof i=="number"?this._$AC(t):(i.el===void 0&&(i.el=he.createElement(ut(i.h,i.h[0]),this.options)),i);if(this._$AH?._$AD===s)this._$AH.p(e);else{let r=new $e(s,this),a=r.u(this.options);r.p(e),this.T(a),this._$AH=r}}_$AC(t){let e=dt.get(t.strings);return e===void 0&&dt.set(t.strings,e=new he(t)),e}k(t){Ie(this._$AH)||(this._$AH=[],this._$AR());let e=this._$AH,i,s=0;for(let r of t)s===e.length?e.push(i=new n(this.O(ce()),this.O(ce()),this,this.options)):i=e[s],i._$AI(r),s++;s<e.length&&(this._$AR(i&&i._$AB.nextSibling,s),e.length=s)}_$AR(t=this._$AA.nextSibling,e){for(this._$AP?.(!1,!0,e);t!==this._$AB;){let i=nt(t).nextSibling;nt(t).remove(),t=i}}setConnected(t){this._$AM===void 0&&(this._$Cv=t,this._$AP?.(t))}},F=class{get tagName(){return this.element.tagName}get _$AU(){return this._$AM._$AU}constructor(t,e,i,s,r){this.type=1,this._$AH=p,this._$AN=void 0,this.element=t,this.name=e,this._$AM=s,this.options=r,i.length>2||i[0]!==""||i[1]!==""?(this._$AH=Array(i.length-1).fill(new String),this.strings=i):this._$AH=p}_$AI(t,e=this,i,s){let r=this.strings,a=!1;if(r===void 0)t=B(this,t,e,0),a=!de(t)||t!==this._$AH&&t!==z,a&&(this._$AH=t);else{let c=t,o,d;for(t=r[0],o=0;o<r.length-1;o++)d=B(this,c[i+o],e,o),d===z&&(d=this._$AH[o]),a||=!de(d)||d!==this._$AH[o],d===p?t=p:t!==p&&(t+=(d??"")+r[o+1]),this._$AH[o]=d}a&&!s&&this.j(t)}j(t){t===p?this.element.removeAttribute(this.name):this.element.setAttribute(this.name,t??"")}},xe=class extends F{constructor(){super(...arguments),this.type=3}j(t){this.element[this.name]=t===p?void 0:t}},we=class extends F{constructor(){super(...arguments),this.type=4}j(t){this.element.toggleAttribute(this.name,!!t&&t!==p)}},Ae=class extends F{constructor(t,e,i,s,r){super(t,e,i,s,r),this.type=5}_$AI(t,e=this){if((t=B(this,t,e,0)??p)===z)return;let i=this._$AH,s=t===p&&i!==p||t.capture!==i.capture||t.once!==i.once||t.passive!==i.passive,r=t!==p&&(i===p||s);s&&this.element.removeEventListener(this.name,this,i),r&&this.element.addEventListener(this.name,this,t),this._$AH=t}handleEvent(t){typeof this._$AH=="function"?this._$AH.call(this.options?.host??this.element,t):this._$AH.handleEvent(t)}},ke=class{constructor(t,e,i){this.element=t,this.type=6,this._$AN=void 0,this._$AM=e,this.options=i}get _$AU(){return this._$AM._$AU}_$AI(t){B(this,t)}},gt={M:Le,P:N,A:Ue,C:1,L:mt,R:$e,D:ht,V:B,I:Q,H:F,N:we,U:Ae,B:xe,F:ke},di=je.litHtmlPolyfillSupport;di?.(he,Q),(je.litHtmlVersions??=[]).push("3.3.3");var ft=(n,t,e)=>{let i=e?.renderBefore??t,s=i._$litPart$;if(s===void 0){let r=e?.renderBefore??null;i._$litPart$=s=new Q(t.insertBefore(ce(),r),r,void 0,e??{})}return s._$AI(n),s};var We=globalThis,P=class extends q{constructor(){super(...arguments),this.renderOptions={host:this},this._$Do=void 0}createRenderRoot(){let t=super.createRenderRoot();return this.renderOptions.renderBefore??=t.firstChild,t}update(t){let e=this.render();this.hasUpdated||(this.renderOptions.isConnected=this.isConnected),super.update(t),this._$Do=ft(e,this.renderRoot,this.renderOptions)}connectedCallback(){super.connectedCallback(),this._$Do?.setConnected(!0)}disconnectedCallback(){super.disconnectedCallback(),this._$Do?.setConnected(!1)}render(){return z}};P._$litElement$=!0,P.finalized=!0,We.litElementHydrateSupport?.({LitElement:P});var hi=We.litElementPolyfillSupport;hi?.({LitElement:P});(We.litElementVersions??=[]).push("4.2.2");var pi={attribute:!0,type:String,converter:oe,reflect:!1,hasChanged:ye},ui=(n=pi,t,e)=>{let{kind:i,metadata:s}=e,r=globalThis.litPropertyMetadata.get(s);if(r===void 0&&globalThis.litPropertyMetadata.set(s,r=new Map),i==="setter"&&((n=Object.create(n)).wrapped=!0),r.set(e.name,n),i==="accessor"){let{name:a}=e;return{set(c){let o=t.get.call(this);t.set.call(this,c),this.requestUpdate(a,o,n,!0,c)},init(c){return c!==void 0&&this.C(a,void 0,n,c),c}}}if(i==="setter"){let{name:a}=e;return function(c){let o=this[a];t.call(this,c),this.requestUpdate(a,o,n,!0,c)}}throw Error("Unsupported decorator location: "+i)};function b(n){return(t,e)=>typeof e=="object"?ui(n,t,e):((i,s,r)=>{let a=s.hasOwnProperty(r);return s.constructor.createProperty(r,i),a?Object.getOwnPropertyDescriptor(s,r):void 0})(n,t,e)}function v(n){return b({...n,state:!0,attribute:!1})}var K=(n,t,e)=>(e.configurable=!0,e.enumerable=!0,Reflect.decorate&&typeof t!="object"&&Object.defineProperty(n,t,e),e);function X(n,t){return(e,i,s)=>{let r=a=>a.renderRoot?.querySelector(n)??null;if(t){let{get:a,set:c}=typeof i=="object"?e:s??(()=>{let o=Symbol();return{get(){return this[o]},set(d){this[o]=d}}})();return K(e,i,{get(){let o=a.call(this);return o===void 0&&(o=r(this),(o!==null||this.hasUpdated)&&c.call(this,o)),o}})}return K(e,i,{get(){return r(this)}})}}var bt=(n,t)=>n.connection.subscribeMessage(t,{type:"tinyact/subscribe"},{resubscribe:!1}),vt=(n,t,e)=>n.callWS({type:"tinyact/actions",entry_id:t,...e}),yt=async(n,t,e)=>(await n.callWS({type:"tinyact/totals",entry_id:t,...e})).totals;var Be=n=>({entry_id:n.entry_id,action_id:n.id}),_t=(n,t,e)=>n.callWS({type:"tinyact/correct",...Be(t),correction:e}),$t=(n,t)=>n.callWS({type:"tinyact/uncorrect",...Be(t)}),xt=(n,t)=>n.callWS({type:"tinyact/delete_action",...Be(t)}),wt=(n,t,e,i,s)=>n.callWS({type:"tinyact/teach",entry_id:t,camera:e,label:i,seconds:s}),At=(n,t,e)=>n.callWS({type:"tinyact/unteach",entry_id:t,camera:e.camera,lesson_id:e.id}),kt=(n,t)=>n.callWS({type:"tinyact/fit",entry_id:t}),Et=(n,t,e)=>n.callWS({type:"tinyact/job",entry_id:t,job_id:e}),St=async(n,t)=>(await n.callWS({type:"tinyact/heads",entry_id:t})).heads,Tt=(n,t,e)=>n.callWS({type:"tinyact/activate",entry_id:t,version:e});var ee={cameras:[],labels:[]},zt=(n,t)=>n.includes(t)?n.filter(e=>e!==t):[...n,t],Ct=n=>Array.isArray(n)&&n.every(t=>typeof t=="string"),Ht=n=>{try{let t=JSON.parse(localStorage.getItem(n)??"");if(Ct(t.cameras)&&Ct(t.labels))return t}catch{}return ee},Ot=(n,t)=>{try{t.cameras.length||t.labels.length?localStorage.setItem(n,JSON.stringify(t)):localStorage.removeItem(n)}catch{}},Fe=n=>{let t=new Map;for(let[e,{count:i,seconds:s}]of n.flatMap(r=>[...r])){let r=t.get(e)??{count:0,seconds:0};t.set(e,{count:r.count+i,seconds:r.seconds+s})}return t};var mi=Intl.DateTimeFormat().resolvedOptions().timeZone,pe=n=>n.locale.time_zone==="server"?n.config.time_zone:mi,Pt=n=>{let t=new Map;return(e,i)=>{let s=e+JSON.stringify(i),r=t.get(s)??n(e,i);return t.set(s,r),r}},Ge=Pt((n,t)=>new Intl.DateTimeFormat(n,t)),Mt=Pt((n,t)=>new Intl.NumberFormat(n,t)),Rt="sv-SE",G=(n,t)=>Ge(Rt,{timeZone:t}).format(n),Ke=(n,t)=>{let e=Ge(Rt,{timeZone:t,dateStyle:"short",timeStyle:"medium"}).format(n);return Date.parse(`${e.replace(" ","T")}Z`)-Math.floor(n/1e3)*1e3},te=(n,t)=>{let e=Date.parse(`${n}T00:00:00Z`),i=e-Ke(e-Ke(e,t),t);return G(i,t)<n?i+36e5:i},Z=(n,t)=>new Date(Date.parse(`${n}T00:00:00Z`)+t*24*36e5).toISOString().slice(0,10),Ee=(n,t)=>{let e=Ke(n,t);return Math.floor((n+e)/36e5)*36e5-e},$=class{constructor(t){this.zone=pe(t),this.language=t.locale.language,this.hour12={12:!0,24:!1}[t.locale.time_format]}format(t,e){return Ge(this.language,{timeZone:this.zone,...e}).format(t)}time(t){return this.format(t,{hour:"numeric",minute:"2-digit",second:"2-digit",hour12:this.hour12})}hour(t){return this.format(t,{hour:"numeric",minute:"2-digit",hour12:this.hour12})}date(t){return this.format(t,{weekday:"short",day:"numeric",month:"short"})}moment(t){return this.format(t,{dateStyle:"medium",timeStyle:"short",hour12:this.hour12})}duration(t){let e=Math.round(t/1e3),i=[{unit:"hour",value:Math.floor(e/3600)},{unit:"minute",value:Math.floor(e/60)%60},{unit:"second",value:e%60}],s=i.findIndex(({value:r})=>r);return s<0?this.unit(0,"second"):i.slice(s,s+2).filter(({value:r})=>r).map(({unit:r,value:a})=>this.unit(a,r)).join(" ")}total(t){return this.duration(t<6e4?t:Math.round(t/6e4)*6e4)}unit(t,e){return Mt(this.language,{style:"unit",unit:e,unitDisplay:"short"}).format(t)}percent(t){return Mt(this.language,{style:"percent"}).format(t)}};var gi=new Set(["none","unknown"]),Ze={fall:{icon:"mdi:seat-flat",color:"red"},fight:{icon:"mdi:karate",color:"deep-orange"},jump:{icon:"mdi:human-handsup",color:"purple"},run:{icon:"mdi:run-fast",color:"amber"},sit:{icon:"mdi:seat",color:"blue"},stand:{icon:"mdi:human",color:"teal"},walk:{icon:"mdi:walk",color:"green"}},Nt=Object.keys(Ze),qt=["pink","indigo","cyan","brown","lime","deep-purple"],D=n=>Ze[n]?.icon??"mdi:motion-sensor",H=n=>{let t=[...n].reduce((e,i)=>e+i.codePointAt(0),0);return`var(--${Ze[n]?.color??qt[t%qt.length]}-color)`},y=(n,t)=>n.localize(`component.tinyact.entity.sensor.action.state.${t}`)||t,ie=n=>n.filter(t=>!gi.has(t));var Dt={title:"Aktionen",today:"Heute",yesterday:"Gestern",previous_day:"Der Tag davor",next_day:"Der Tag danach",choose_day:"Tag w\xE4hlen",cameras:"Kameras",actions:"Aktionen",all:"Alle",loading:"Wird geladen \u2026",load_more:"Mehr laden",nothing_day:"An diesem Tag wurde nichts gesehen.",nothing_yet:"Heute wurde noch nichts gesehen.",nothing_filter:"Nichts von dem, was du gew\xE4hlt hast, wurde an diesem Tag gesehen.",show_all:"Alles zeigen",no_edges:"Kein TinyAct-Edge ist eingerichtet. F\xFCge TinyAct unter Einstellungen \u2192 Ger\xE4te & Dienste hinzu.",no_cameras:"Keine Kamera ist eingerichtet. F\xFCge TinyAct unter Einstellungen \u2192 Ger\xE4te & Dienste eine hinzu.",offline:"{edge} ist nicht erreichbar. Was es inzwischen sieht, erscheint, sobald es wieder da ist.",disconnected:"Die Verbindung zu Home Assistant ist unterbrochen.",failed:"Die Aktionen konnten nicht geladen werden: {error}",failed_short:"Das hat nicht geklappt: {error}",again:"Erneut versuchen",camera_paused:"pausiert",camera_unavailable:"kein Bild",now:"jetzt",seen:"{label}, {camera}, {time}",corrected:"korrigiert",hour_count:"{count} in dieser Stunde",learn:"Lernen",close:"Schlie\xDFen",earlier:"Fr\xFChere Aktion",later:"Sp\xE4tere Aktion",picture:"{label} vor {camera}",no_picture:"Kein Bild wurde aufbewahrt.",play:"Clip abspielen",still:"Bild zeigen",clip_failed:"Der Clip l\xE4sst sich nicht abspielen.",began:"Beginn",lasted:"Dauer",goes_on:"dauert an",interrupted:"{duration}, unterbrochen",confidence:"Sicherheit",camera:"Kamera",was_it:"War das richtig?",right:"Richtig",other:"Das war \u2026",never_here:"Hier nie",never_here_help:"Was so aussieht, ist vor dieser Kamera nie \u201E{label}\u201C: gilt sofort.",what_was_it:"Was war es?",another:"Etwas anderes",another_help:"1 bis 40 Zeichen; ein neuer Name wird als neue Aktion gelernt.",say:"Speichern",not_this:"Nicht \u201E{label}\u201C",back:"Zur\xFCck",delete:"Diese Aktion l\xF6schen",delete_sure:"Mit ihren Bildern endg\xFCltig l\xF6schen?",delete_yes:"L\xF6schen",said_right:"Du hast gesagt, dass das richtig ist.",said_label:"Du hast gesagt, dass das \u201E{label}\u201C war; erkannt wurde \u201E{recognized}\u201C.",said_not:"Du hast gesagt, dass das nicht \u201E{recognized}\u201C war.",said_never_here:"Du hast gesagt, dass das hier nie \u201E{recognized}\u201C ist.",state_pending:"Es wartet darauf, dem Klassifikator \xFCbergeben zu werden.",state_taught:"Das n\xE4chste Lernen ber\xFCcksichtigt es.",state_refused:"Der Klassifikator nimmt es nicht an: {detail}",state_kept:"Es gilt schon.",undo:"R\xFCckg\xE4ngig",learn_now:"Jetzt lernen",learn_help:"TinyAct lernt aus dem, was du korrigiert hast. Das dauert einige Sekunden, und du kannst zur\xFCck.",learn_nowhere:"Zum Lernen braucht der Edge einen Klassifikator-Dienst.",learn_running:"Lernt \u2026",learn_waiting:"Wartet auf den Klassifikator \u2026",learn_done:"Fertig. Was ab jetzt gesehen wird, wird nach dem Gelernten benannt.",learn_table:"Wie viel von jeder Aktion erkannt wird, vorher und nachher",examples:"Beispiele",before:"Vorher",after:"Nachher",unknown:"unbekannt",got_worse:"Schlechter geworden: {labels}",go_back:"R\xFCckg\xE4ngig: zur\xFCck zu \u201E{version}\u201C",went_back:"\u201E{version}\u201C ist wieder in Gebrauch.",versions:"Versionen",version:"Version {version}",version_own:"Wie geliefert",version_accuracy:"{accuracy} erkannt",version_taught:"kennt {labels}",version_active:"in Gebrauch",version_use:"Verwenden",form_title:"Titel",card_name:"TinyAct-Zeitleiste",card_description:"Was Menschen vor deinen Kameras taten: zur\xFCckblicken, korrigieren, lehren.",form_all:"Alle, wenn nichts gew\xE4hlt ist",missed:"Wurde etwas \xFCbersehen?",missed_help:"Sag, was jemand vor einer Kamera gerade tut oder eben getan hat.",missed_last:"Die letzten",missed_label:"Das war",teach:"Lehren",missed_taught:"\u201E{label}\u201C aus {count} Momenten gelehrt.",remark_one_occasion:"Alle Beispiele f\xFCr \u201E{label}\u201C sind von einer Gelegenheit; niemand kann sagen, wie gut es erkannt werden wird. Lehre es auch bei anderen Gelegenheiten.",remark_nothing_else:"Es wurde nichts gelehrt, was nicht \u201E{label}\u201C ist. Vor derselben Kamera kann vieles daf\xFCr gehalten werden: W\xE4hle bei einigen gew\xF6hnlichen Momenten \u201ENicht \u201A{label}\u2018\u201C.",remark_hard_to_tell:"\u201E{label}\u201C ist kaum von \u201E{other}\u201C zu unterscheiden. Lehre mehr davon, oder nimm einen Namen f\xFCr beides.",remark_left_out:"Von {total} Beispielen wurde aus den letzten {used} gelernt: Mehr nimmt ein Durchgang nicht auf.",not_allowed:"Das darfst du nicht. Frage einen Administrator von Home Assistant."};var Se={title:"Actions",today:"Today",yesterday:"Yesterday",previous_day:"The day before",next_day:"The day after",choose_day:"Choose a day",cameras:"Cameras",actions:"Actions",all:"All",loading:"Loading\u2026",load_more:"Load more",nothing_day:"Nothing was seen on this day.",nothing_yet:"Nothing was seen today yet.",nothing_filter:"Nothing of what you chose was seen on this day.",show_all:"Show all",no_edges:"No TinyAct edge is set up. Add TinyAct under Settings \u2192 Devices & services.",no_cameras:"No camera is set up. Add one to TinyAct under Settings \u2192 Devices & services.",offline:"{edge} cannot be reached. What it sees meanwhile appears when it is back.",disconnected:"The connection to Home Assistant is lost.",failed:"The actions could not be loaded: {error}",failed_short:"This did not work: {error}",again:"Try again",camera_paused:"paused",camera_unavailable:"no picture",now:"now",seen:"{label}, {camera}, {time}",corrected:"corrected",hour_count:"{count} in this hour",learn:"Learning",close:"Close",earlier:"Earlier action",later:"Later action",picture:"{label} in front of {camera}",no_picture:"No picture was kept.",play:"Play the clip",still:"Show the picture",clip_failed:"The clip cannot be played.",began:"Began",lasted:"Lasted",goes_on:"still going on",interrupted:"{duration}, interrupted",confidence:"Confidence",camera:"Camera",was_it:"Was it right?",right:"Yes, correct",other:"This was \u2026",never_here:"Never here",never_here_help:"Whatever looks like this is never taken for \u201C{label}\u201D in front of this camera again, from now on.",what_was_it:"What was it?",another:"Something else",another_help:"1 to 40 characters; a new name is learnt as a new action.",say:"Save",not_this:"Not \u201C{label}\u201D",back:"Back",delete:"Erase this action",delete_sure:"Erase it with its pictures, for good?",delete_yes:"Erase",said_right:"You said that this is right.",said_label:"You said that this was \u201C{label}\u201D; it was taken for \u201C{recognized}\u201D.",said_not:"You said that this was not \u201C{recognized}\u201D.",said_never_here:"You said that this is never \u201C{recognized}\u201D here.",state_pending:"It is waiting for the classifier.",state_taught:"The next \u201CLearn now\u201D learns from it.",state_refused:"The classifier cannot learn from it: {detail}",state_kept:"It counts already.",undo:"Undo",learn_now:"Learn now",learn_help:"TinyAct learns from what you corrected. It takes a few seconds, and you can undo it.",learn_nowhere:"To learn, the edge needs a classifier service.",learn_running:"Learning \u2026",learn_waiting:"Waiting for the classifier \u2026",learn_done:"Done. From now on TinyAct uses what it has learnt.",learn_table:"How much of each action is recognised, before and after",examples:"Examples",before:"Before",after:"After",unknown:"not known",got_worse:"Got worse: {labels}",go_back:"Undo: back to \u201C{version}\u201D",went_back:"\u201C{version}\u201D is in use again.",versions:"Versions",version:"Version {version}",version_own:"As delivered",version_accuracy:"{accuracy} recognised",version_taught:"knows {labels}",version_active:"in use",version_use:"Use",form_title:"Title",card_name:"TinyAct timeline",card_description:"What people did in front of your cameras: look back, correct, teach.",form_all:"All, if none is chosen",missed:"Was something missed?",missed_help:"Say what somebody is doing in front of a camera now, or just did.",missed_last:"The last",missed_label:"It was",teach:"Teach",missed_taught:"Taught \u201C{label}\u201D from {count} moments.",remark_one_occasion:"All examples of \u201C{label}\u201D are of one occasion, so nobody can tell how well it will be recognised. Teach it on other occasions, too.",remark_nothing_else:"Nothing was taught that is not \u201C{label}\u201D. In front of the same camera much may pass for it: choose \u201CNot \u2018{label}\u2019\u201D for some ordinary moments there.",remark_hard_to_tell:"\u201C{label}\u201D can hardly be told from \u201C{other}\u201D. Teach more of it, or use one name for both.",remark_left_out:"Of {total} examples the latest {used} were learnt from: that is as much as one round of learning takes.",not_allowed:"You may not do that. Ask an administrator of Home Assistant."};var jt={title:"Acciones",today:"Hoy",yesterday:"Ayer",previous_day:"El d\xEDa anterior",next_day:"El d\xEDa siguiente",choose_day:"Elegir un d\xEDa",cameras:"C\xE1maras",actions:"Acciones",all:"Todo",loading:"Cargando\u2026",load_more:"Cargar m\xE1s",nothing_day:"No se vio nada ese d\xEDa.",nothing_yet:"Hoy todav\xEDa no se ha visto nada.",nothing_filter:"Ese d\xEDa no se vio nada de lo que has elegido.",show_all:"Mostrar todo",no_edges:"No hay ning\xFAn TinyAct configurado. A\xF1ade TinyAct en Ajustes \u2192 Dispositivos y servicios.",no_cameras:"No hay ninguna c\xE1mara configurada. A\xF1ade una a TinyAct en Ajustes \u2192 Dispositivos y servicios.",offline:"No se puede conectar con {edge}. Lo que vea mientras tanto aparecer\xE1 cuando vuelva.",disconnected:"Se ha perdido la conexi\xF3n con Home Assistant.",failed:"No se pudieron cargar las acciones: {error}",failed_short:"No ha funcionado: {error}",again:"Reintentar",camera_paused:"en pausa",camera_unavailable:"sin imagen",now:"ahora",seen:"{label}, {camera}, {time}",corrected:"corregida",hour_count:"{count} en esta hora",learn:"Aprendizaje",close:"Cerrar",earlier:"Acci\xF3n anterior",later:"Acci\xF3n posterior",picture:"{label} ante {camera}",no_picture:"No se guard\xF3 ninguna imagen.",play:"Reproducir el clip",still:"Mostrar la imagen",clip_failed:"No se puede reproducir el clip.",began:"Inicio",lasted:"Duraci\xF3n",goes_on:"contin\xFAa",interrupted:"{duration}, interrumpida",confidence:"Confianza",camera:"C\xE1mara",was_it:"\xBFEra correcto?",right:"Correcto",other:"Esto era\u2026",never_here:"Aqu\xED nunca",never_here_help:"Lo que se parezca a esto nunca es \xAB{label}\xBB ante esta c\xE1mara: se aplica al momento.",what_was_it:"\xBFQu\xE9 era?",another:"Otra cosa",another_help:"De 1 a 40 caracteres; un nombre nuevo se aprende como acci\xF3n nueva.",say:"Guardar",not_this:"No es \xAB{label}\xBB",back:"Volver",delete:"Borrar esta acci\xF3n",delete_sure:"\xBFBorrarla para siempre con sus im\xE1genes?",delete_yes:"Borrar",said_right:"Has dicho que es correcto.",said_label:"Has dicho que era \xAB{label}\xBB; se reconoci\xF3 \xAB{recognized}\xBB.",said_not:"Has dicho que no era \xAB{recognized}\xBB.",said_never_here:"Has dicho que aqu\xED nunca es \xAB{recognized}\xBB.",state_pending:"Espera a ser entregado al clasificador.",state_taught:"El pr\xF3ximo aprendizaje lo tendr\xE1 en cuenta.",state_refused:"El clasificador no lo acepta: {detail}",state_kept:"Ya se tiene en cuenta.",undo:"Deshacer",learn_now:"Aprender ahora",learn_help:"TinyAct aprende de lo que has corregido. Tarda unos segundos y puedes volver atr\xE1s.",learn_nowhere:"Para aprender, el edge necesita un servicio clasificador.",learn_running:"Aprendiendo\u2026",learn_waiting:"Esperando al clasificador\u2026",learn_done:"Listo. Lo que se vea a partir de ahora se nombra seg\xFAn lo aprendido.",learn_table:"Cu\xE1nto se reconoce de cada acci\xF3n, antes y despu\xE9s",examples:"Ejemplos",before:"Antes",after:"Despu\xE9s",unknown:"desconocido",got_worse:"Ha empeorado: {labels}",go_back:"Deshacer: volver a \xAB{version}\xBB",went_back:"\xAB{version}\xBB vuelve a estar en uso.",versions:"Versiones",version:"Versi\xF3n {version}",version_own:"De f\xE1brica",version_accuracy:"{accuracy} reconocido",version_taught:"conoce {labels}",version_active:"en uso",version_use:"Usar",form_title:"T\xEDtulo",card_name:"Cronolog\xEDa de TinyAct",card_description:"Lo que hizo la gente ante tus c\xE1maras: revisar, corregir, ense\xF1ar.",form_all:"Todo, si no se elige nada",missed:"\xBFSe pas\xF3 algo por alto?",missed_help:"Di qu\xE9 est\xE1 haciendo alguien ante una c\xE1mara, o acaba de hacer.",missed_last:"Los \xFAltimos",missed_label:"Era",teach:"Ense\xF1ar",missed_taught:"Se ense\xF1\xF3 \xAB{label}\xBB con {count} momentos.",remark_one_occasion:"Todos los ejemplos de \xAB{label}\xBB son de una misma ocasi\xF3n, as\xED que nadie puede saber lo bien que se reconocer\xE1. Ens\xE9\xF1alo tambi\xE9n en otras ocasiones.",remark_nothing_else:"No se ha ense\xF1ado nada que no sea \xAB{label}\xBB. Ante la misma c\xE1mara muchas cosas pueden parecerlo: elige \xABNo es \u201C{label}\u201D\xBB en algunos momentos corrientes.",remark_hard_to_tell:"\xAB{label}\xBB apenas se distingue de \xAB{other}\xBB. Ense\xF1a m\xE1s ejemplos o usa un solo nombre para ambos.",remark_left_out:"De {total} ejemplos se ha aprendido de los \xFAltimos {used}: no caben m\xE1s en una ronda.",not_allowed:"No tienes permiso para hacerlo. Pregunta a un administrador de Home Assistant."};var Lt={title:"Actions",today:"Aujourd\u2019hui",yesterday:"Hier",previous_day:"Le jour pr\xE9c\xE9dent",next_day:"Le jour suivant",choose_day:"Choisir un jour",cameras:"Cam\xE9ras",actions:"Actions",all:"Tout",loading:"Chargement\u2026",load_more:"En charger plus",nothing_day:"Rien n\u2019a \xE9t\xE9 vu ce jour-l\xE0.",nothing_yet:"Rien n\u2019a encore \xE9t\xE9 vu aujourd\u2019hui.",nothing_filter:"Rien de ce que vous avez choisi n\u2019a \xE9t\xE9 vu ce jour-l\xE0.",show_all:"Tout afficher",no_edges:"Aucun TinyAct n\u2019est configur\xE9. Ajoutez TinyAct sous Param\xE8tres \u2192 Appareils et services.",no_cameras:"Aucune cam\xE9ra n\u2019est configur\xE9e. Ajoutez-en une \xE0 TinyAct sous Param\xE8tres \u2192 Appareils et services.",offline:"{edge} est injoignable. Ce qu\u2019il voit entre-temps appara\xEEtra \xE0 son retour.",disconnected:"La connexion \xE0 Home Assistant est perdue.",failed:"Impossible de charger les actions : {error}",failed_short:"Cela n\u2019a pas fonctionn\xE9 : {error}",again:"R\xE9essayer",camera_paused:"en pause",camera_unavailable:"pas d\u2019image",now:"en cours",seen:"{label}, {camera}, {time}",corrected:"corrig\xE9",hour_count:"{count} pendant cette heure",learn:"Apprentissage",close:"Fermer",earlier:"Action ant\xE9rieure",later:"Action ult\xE9rieure",picture:"{label} devant {camera}",no_picture:"Aucune image n\u2019a \xE9t\xE9 conserv\xE9e.",play:"Lire le clip",still:"Afficher l\u2019image",clip_failed:"Le clip ne peut pas \xEAtre lu.",began:"D\xE9but",lasted:"Dur\xE9e",goes_on:"en cours",interrupted:"{duration}, interrompue",confidence:"Confiance",camera:"Cam\xE9ra",was_it:"\xC9tait-ce juste ?",right:"Correct",other:"C\u2019\xE9tait\u2026",never_here:"Jamais ici",never_here_help:"Ce qui ressemble \xE0 cela n\u2019est jamais \xAB {label} \xBB devant cette cam\xE9ra : effet imm\xE9diat.",what_was_it:"Qu\u2019\xE9tait-ce ?",another:"Autre chose",another_help:"1 \xE0 40 caract\xE8res ; un nouveau nom est appris comme nouvelle action.",say:"Enregistrer",not_this:"Pas \xAB {label} \xBB",back:"Retour",delete:"Effacer cette action",delete_sure:"L\u2019effacer d\xE9finitivement avec ses images ?",delete_yes:"Effacer",said_right:"Vous avez dit que c\u2019est correct.",said_label:"Vous avez dit que c\u2019\xE9tait \xAB {label} \xBB ; \xAB {recognized} \xBB avait \xE9t\xE9 reconnu.",said_not:"Vous avez dit que ce n\u2019\xE9tait pas \xAB {recognized} \xBB.",said_never_here:"Vous avez dit que ce n\u2019est jamais \xAB {recognized} \xBB ici.",state_pending:"Cela attend d\u2019\xEAtre transmis au classificateur.",state_taught:"Le prochain apprentissage en tiendra compte.",state_refused:"Le classificateur ne l\u2019accepte pas : {detail}",state_kept:"C\u2019est d\xE9j\xE0 pris en compte.",undo:"Annuler",learn_now:"Apprendre maintenant",learn_help:"TinyAct apprend de vos corrections. Cela prend quelques secondes, et vous pouvez revenir en arri\xE8re.",learn_nowhere:"Pour apprendre, l\u2019edge a besoin d\u2019un service de classification.",learn_running:"Apprentissage en cours\u2026",learn_waiting:"En attente du classificateur\u2026",learn_done:"Termin\xE9. Ce qui est vu d\xE9sormais est nomm\xE9 selon ce qui a \xE9t\xE9 appris.",learn_table:"Part reconnue de chaque action, avant et apr\xE8s",examples:"Exemples",before:"Avant",after:"Apr\xE8s",unknown:"inconnu",got_worse:"Moins bien reconnu : {labels}",go_back:"Annuler : revenir \xE0 \xAB {version} \xBB",went_back:"\xAB {version} \xBB est de nouveau utilis\xE9e.",versions:"Versions",version:"Version {version}",version_own:"D\u2019origine",version_accuracy:"{accuracy} reconnus",version_taught:"conna\xEEt {labels}",version_active:"utilis\xE9e",version_use:"Utiliser",form_title:"Titre",card_name:"Chronologie TinyAct",card_description:"Ce que les gens ont fait devant vos cam\xE9ras : revoir, corriger, enseigner.",form_all:"Tout, si rien n\u2019est choisi",missed:"Quelque chose a \xE9t\xE9 manqu\xE9 ?",missed_help:"Dites ce que quelqu\u2019un fait devant une cam\xE9ra, ou vient de faire.",missed_last:"Les derni\xE8res",missed_label:"C\u2019\xE9tait",teach:"Enseigner",missed_taught:"\xAB {label} \xBB enseign\xE9 \xE0 partir de {count} moments.",remark_one_occasion:"Tous les exemples de \xAB {label} \xBB viennent d\u2019une seule occasion : personne ne peut dire \xE0 quel point ce sera reconnu. Enseignez-le aussi en d\u2019autres occasions.",remark_nothing_else:"Rien n\u2019a \xE9t\xE9 enseign\xE9 qui ne soit pas \xAB {label} \xBB. Devant la m\xEAme cam\xE9ra, bien des choses peuvent passer pour cela : choisissez \xAB Pas \u201C{label}\u201D \xBB pour quelques moments ordinaires.",remark_hard_to_tell:"\xAB {label} \xBB se distingue \xE0 peine de \xAB {other} \xBB. Enseignez-en davantage ou utilisez un seul nom pour les deux.",remark_left_out:"Sur {total} exemples, les {used} derniers ont servi : un apprentissage n\u2019en prend pas plus.",not_allowed:"Vous n\u2019en avez pas le droit. Adressez-vous \xE0 un administrateur de Home Assistant."};var Ut={title:"\u0E01\u0E32\u0E23\u0E01\u0E23\u0E30\u0E17\u0E33",today:"\u0E27\u0E31\u0E19\u0E19\u0E35\u0E49",yesterday:"\u0E40\u0E21\u0E37\u0E48\u0E2D\u0E27\u0E32\u0E19",previous_day:"\u0E27\u0E31\u0E19\u0E01\u0E48\u0E2D\u0E19\u0E2B\u0E19\u0E49\u0E32",next_day:"\u0E27\u0E31\u0E19\u0E16\u0E31\u0E14\u0E44\u0E1B",choose_day:"\u0E40\u0E25\u0E37\u0E2D\u0E01\u0E27\u0E31\u0E19",cameras:"\u0E01\u0E25\u0E49\u0E2D\u0E07",actions:"\u0E01\u0E32\u0E23\u0E01\u0E23\u0E30\u0E17\u0E33",all:"\u0E17\u0E31\u0E49\u0E07\u0E2B\u0E21\u0E14",loading:"\u0E01\u0E33\u0E25\u0E31\u0E07\u0E42\u0E2B\u0E25\u0E14\u2026",load_more:"\u0E42\u0E2B\u0E25\u0E14\u0E40\u0E1E\u0E34\u0E48\u0E21",nothing_day:"\u0E44\u0E21\u0E48\u0E1E\u0E1A\u0E01\u0E32\u0E23\u0E01\u0E23\u0E30\u0E17\u0E33\u0E43\u0E14\u0E43\u0E19\u0E27\u0E31\u0E19\u0E19\u0E35\u0E49",nothing_yet:"\u0E27\u0E31\u0E19\u0E19\u0E35\u0E49\u0E22\u0E31\u0E07\u0E44\u0E21\u0E48\u0E1E\u0E1A\u0E01\u0E32\u0E23\u0E01\u0E23\u0E30\u0E17\u0E33\u0E43\u0E14",nothing_filter:"\u0E44\u0E21\u0E48\u0E1E\u0E1A\u0E2A\u0E34\u0E48\u0E07\u0E17\u0E35\u0E48\u0E04\u0E38\u0E13\u0E40\u0E25\u0E37\u0E2D\u0E01\u0E43\u0E19\u0E27\u0E31\u0E19\u0E19\u0E35\u0E49",show_all:"\u0E41\u0E2A\u0E14\u0E07\u0E17\u0E31\u0E49\u0E07\u0E2B\u0E21\u0E14",no_edges:"\u0E22\u0E31\u0E07\u0E44\u0E21\u0E48\u0E44\u0E14\u0E49\u0E15\u0E31\u0E49\u0E07\u0E04\u0E48\u0E32 TinyAct \u0E40\u0E1E\u0E34\u0E48\u0E21 TinyAct \u0E44\u0E14\u0E49\u0E17\u0E35\u0E48 \u0E01\u0E32\u0E23\u0E15\u0E31\u0E49\u0E07\u0E04\u0E48\u0E32 \u2192 \u0E2D\u0E38\u0E1B\u0E01\u0E23\u0E13\u0E4C\u0E41\u0E25\u0E30\u0E1A\u0E23\u0E34\u0E01\u0E32\u0E23",no_cameras:"\u0E22\u0E31\u0E07\u0E44\u0E21\u0E48\u0E44\u0E14\u0E49\u0E15\u0E31\u0E49\u0E07\u0E04\u0E48\u0E32\u0E01\u0E25\u0E49\u0E2D\u0E07 \u0E40\u0E1E\u0E34\u0E48\u0E21\u0E01\u0E25\u0E49\u0E2D\u0E07\u0E43\u0E2B\u0E49 TinyAct \u0E44\u0E14\u0E49\u0E17\u0E35\u0E48 \u0E01\u0E32\u0E23\u0E15\u0E31\u0E49\u0E07\u0E04\u0E48\u0E32 \u2192 \u0E2D\u0E38\u0E1B\u0E01\u0E23\u0E13\u0E4C\u0E41\u0E25\u0E30\u0E1A\u0E23\u0E34\u0E01\u0E32\u0E23",offline:"\u0E44\u0E21\u0E48\u0E2A\u0E32\u0E21\u0E32\u0E23\u0E16\u0E15\u0E34\u0E14\u0E15\u0E48\u0E2D {edge} \u0E44\u0E14\u0E49 \u0E2A\u0E34\u0E48\u0E07\u0E17\u0E35\u0E48\u0E40\u0E2B\u0E47\u0E19\u0E23\u0E30\u0E2B\u0E27\u0E48\u0E32\u0E07\u0E19\u0E35\u0E49\u0E08\u0E30\u0E41\u0E2A\u0E14\u0E07\u0E40\u0E21\u0E37\u0E48\u0E2D\u0E01\u0E25\u0E31\u0E1A\u0E21\u0E32",disconnected:"\u0E02\u0E32\u0E14\u0E01\u0E32\u0E23\u0E40\u0E0A\u0E37\u0E48\u0E2D\u0E21\u0E15\u0E48\u0E2D\u0E01\u0E31\u0E1A Home Assistant",failed:"\u0E42\u0E2B\u0E25\u0E14\u0E01\u0E32\u0E23\u0E01\u0E23\u0E30\u0E17\u0E33\u0E44\u0E21\u0E48\u0E2A\u0E33\u0E40\u0E23\u0E47\u0E08: {error}",failed_short:"\u0E44\u0E21\u0E48\u0E2A\u0E33\u0E40\u0E23\u0E47\u0E08: {error}",again:"\u0E25\u0E2D\u0E07\u0E2D\u0E35\u0E01\u0E04\u0E23\u0E31\u0E49\u0E07",camera_paused:"\u0E2B\u0E22\u0E38\u0E14\u0E0A\u0E31\u0E48\u0E27\u0E04\u0E23\u0E32\u0E27",camera_unavailable:"\u0E44\u0E21\u0E48\u0E21\u0E35\u0E20\u0E32\u0E1E",now:"\u0E15\u0E2D\u0E19\u0E19\u0E35\u0E49",seen:"{label}, {camera}, {time}",corrected:"\u0E41\u0E01\u0E49\u0E44\u0E02\u0E41\u0E25\u0E49\u0E27",hour_count:"{count} \u0E23\u0E32\u0E22\u0E01\u0E32\u0E23\u0E43\u0E19\u0E0A\u0E31\u0E48\u0E27\u0E42\u0E21\u0E07\u0E19\u0E35\u0E49",learn:"\u0E01\u0E32\u0E23\u0E40\u0E23\u0E35\u0E22\u0E19\u0E23\u0E39\u0E49",close:"\u0E1B\u0E34\u0E14",earlier:"\u0E01\u0E32\u0E23\u0E01\u0E23\u0E30\u0E17\u0E33\u0E01\u0E48\u0E2D\u0E19\u0E2B\u0E19\u0E49\u0E32",later:"\u0E01\u0E32\u0E23\u0E01\u0E23\u0E30\u0E17\u0E33\u0E16\u0E31\u0E14\u0E44\u0E1B",picture:"{label} \u0E2B\u0E19\u0E49\u0E32\u0E01\u0E25\u0E49\u0E2D\u0E07 {camera}",no_picture:"\u0E44\u0E21\u0E48\u0E44\u0E14\u0E49\u0E40\u0E01\u0E47\u0E1A\u0E20\u0E32\u0E1E\u0E44\u0E27\u0E49",play:"\u0E40\u0E25\u0E48\u0E19\u0E04\u0E25\u0E34\u0E1B",still:"\u0E41\u0E2A\u0E14\u0E07\u0E20\u0E32\u0E1E",clip_failed:"\u0E40\u0E25\u0E48\u0E19\u0E04\u0E25\u0E34\u0E1B\u0E44\u0E21\u0E48\u0E44\u0E14\u0E49",began:"\u0E40\u0E23\u0E34\u0E48\u0E21",lasted:"\u0E23\u0E30\u0E22\u0E30\u0E40\u0E27\u0E25\u0E32",goes_on:"\u0E22\u0E31\u0E07\u0E14\u0E33\u0E40\u0E19\u0E34\u0E19\u0E2D\u0E22\u0E39\u0E48",interrupted:"{duration} \u0E16\u0E39\u0E01\u0E02\u0E31\u0E14\u0E08\u0E31\u0E07\u0E2B\u0E27\u0E30",confidence:"\u0E04\u0E27\u0E32\u0E21\u0E21\u0E31\u0E48\u0E19\u0E43\u0E08",camera:"\u0E01\u0E25\u0E49\u0E2D\u0E07",was_it:"\u0E16\u0E39\u0E01\u0E15\u0E49\u0E2D\u0E07\u0E2B\u0E23\u0E37\u0E2D\u0E44\u0E21\u0E48",right:"\u0E16\u0E39\u0E01\u0E15\u0E49\u0E2D\u0E07",other:"\u0E19\u0E35\u0E48\u0E04\u0E37\u0E2D \u2026",never_here:"\u0E44\u0E21\u0E48\u0E43\u0E0A\u0E48\u0E17\u0E35\u0E48\u0E19\u0E35\u0E48",never_here_help:"\u0E2A\u0E34\u0E48\u0E07\u0E17\u0E35\u0E48\u0E14\u0E39\u0E40\u0E2B\u0E21\u0E37\u0E2D\u0E19\u0E41\u0E1A\u0E1A\u0E19\u0E35\u0E49\u0E2B\u0E19\u0E49\u0E32\u0E01\u0E25\u0E49\u0E2D\u0E07\u0E19\u0E35\u0E49\u0E44\u0E21\u0E48\u0E43\u0E0A\u0E48 \u201C{label}\u201D \u0E21\u0E35\u0E1C\u0E25\u0E17\u0E31\u0E19\u0E17\u0E35",what_was_it:"\u0E19\u0E35\u0E48\u0E04\u0E37\u0E2D\u0E2D\u0E30\u0E44\u0E23",another:"\u0E2D\u0E22\u0E48\u0E32\u0E07\u0E2D\u0E37\u0E48\u0E19",another_help:"1 \u0E16\u0E36\u0E07 40 \u0E15\u0E31\u0E27\u0E2D\u0E31\u0E01\u0E29\u0E23 \u0E0A\u0E37\u0E48\u0E2D\u0E43\u0E2B\u0E21\u0E48\u0E08\u0E30\u0E40\u0E23\u0E35\u0E22\u0E19\u0E23\u0E39\u0E49\u0E40\u0E1B\u0E47\u0E19\u0E01\u0E32\u0E23\u0E01\u0E23\u0E30\u0E17\u0E33\u0E43\u0E2B\u0E21\u0E48",say:"\u0E1A\u0E31\u0E19\u0E17\u0E36\u0E01",not_this:"\u0E44\u0E21\u0E48\u0E43\u0E0A\u0E48 \u201C{label}\u201D",back:"\u0E01\u0E25\u0E31\u0E1A",delete:"\u0E25\u0E1A\u0E01\u0E32\u0E23\u0E01\u0E23\u0E30\u0E17\u0E33\u0E19\u0E35\u0E49",delete_sure:"\u0E25\u0E1A\u0E1E\u0E23\u0E49\u0E2D\u0E21\u0E20\u0E32\u0E1E\u0E2D\u0E22\u0E48\u0E32\u0E07\u0E16\u0E32\u0E27\u0E23\u0E2B\u0E23\u0E37\u0E2D\u0E44\u0E21\u0E48",delete_yes:"\u0E25\u0E1A",said_right:"\u0E04\u0E38\u0E13\u0E1A\u0E2D\u0E01\u0E27\u0E48\u0E32\u0E16\u0E39\u0E01\u0E15\u0E49\u0E2D\u0E07",said_label:"\u0E04\u0E38\u0E13\u0E1A\u0E2D\u0E01\u0E27\u0E48\u0E32\u0E19\u0E35\u0E48\u0E04\u0E37\u0E2D \u201C{label}\u201D \u0E23\u0E30\u0E1A\u0E1A\u0E40\u0E02\u0E49\u0E32\u0E43\u0E08\u0E27\u0E48\u0E32\u0E40\u0E1B\u0E47\u0E19 \u201C{recognized}\u201D",said_not:"\u0E04\u0E38\u0E13\u0E1A\u0E2D\u0E01\u0E27\u0E48\u0E32\u0E19\u0E35\u0E48\u0E44\u0E21\u0E48\u0E43\u0E0A\u0E48 \u201C{recognized}\u201D",said_never_here:"\u0E04\u0E38\u0E13\u0E1A\u0E2D\u0E01\u0E27\u0E48\u0E32\u0E17\u0E35\u0E48\u0E19\u0E35\u0E48\u0E44\u0E21\u0E48\u0E43\u0E0A\u0E48 \u201C{recognized}\u201D",state_pending:"\u0E23\u0E2D\u0E2A\u0E48\u0E07\u0E43\u0E2B\u0E49\u0E15\u0E31\u0E27\u0E08\u0E33\u0E41\u0E19\u0E01",state_taught:"\u0E01\u0E32\u0E23\u0E40\u0E23\u0E35\u0E22\u0E19\u0E23\u0E39\u0E49\u0E04\u0E23\u0E31\u0E49\u0E07\u0E16\u0E31\u0E14\u0E44\u0E1B\u0E08\u0E30\u0E19\u0E33\u0E44\u0E1B\u0E43\u0E0A\u0E49",state_refused:"\u0E15\u0E31\u0E27\u0E08\u0E33\u0E41\u0E19\u0E01\u0E44\u0E21\u0E48\u0E23\u0E31\u0E1A: {detail}",state_kept:"\u0E21\u0E35\u0E1C\u0E25\u0E41\u0E25\u0E49\u0E27",undo:"\u0E40\u0E25\u0E34\u0E01\u0E17\u0E33",learn_now:"\u0E40\u0E23\u0E35\u0E22\u0E19\u0E23\u0E39\u0E49\u0E15\u0E2D\u0E19\u0E19\u0E35\u0E49",learn_help:"TinyAct \u0E40\u0E23\u0E35\u0E22\u0E19\u0E23\u0E39\u0E49\u0E08\u0E32\u0E01\u0E2A\u0E34\u0E48\u0E07\u0E17\u0E35\u0E48\u0E04\u0E38\u0E13\u0E41\u0E01\u0E49\u0E44\u0E02 \u0E43\u0E0A\u0E49\u0E40\u0E27\u0E25\u0E32\u0E44\u0E21\u0E48\u0E01\u0E35\u0E48\u0E27\u0E34\u0E19\u0E32\u0E17\u0E35\u0E41\u0E25\u0E30\u0E22\u0E49\u0E2D\u0E19\u0E01\u0E25\u0E31\u0E1A\u0E44\u0E14\u0E49",learn_nowhere:"\u0E01\u0E32\u0E23\u0E40\u0E23\u0E35\u0E22\u0E19\u0E23\u0E39\u0E49\u0E15\u0E49\u0E2D\u0E07\u0E43\u0E0A\u0E49\u0E1A\u0E23\u0E34\u0E01\u0E32\u0E23\u0E15\u0E31\u0E27\u0E08\u0E33\u0E41\u0E19\u0E01",learn_running:"\u0E01\u0E33\u0E25\u0E31\u0E07\u0E40\u0E23\u0E35\u0E22\u0E19\u0E23\u0E39\u0E49 \u2026",learn_waiting:"\u0E01\u0E33\u0E25\u0E31\u0E07\u0E23\u0E2D\u0E15\u0E31\u0E27\u0E08\u0E33\u0E41\u0E19\u0E01 \u2026",learn_done:"\u0E40\u0E2A\u0E23\u0E47\u0E08\u0E41\u0E25\u0E49\u0E27 \u0E2A\u0E34\u0E48\u0E07\u0E17\u0E35\u0E48\u0E40\u0E2B\u0E47\u0E19\u0E15\u0E48\u0E2D\u0E08\u0E32\u0E01\u0E19\u0E35\u0E49\u0E08\u0E30\u0E40\u0E23\u0E35\u0E22\u0E01\u0E15\u0E32\u0E21\u0E17\u0E35\u0E48\u0E40\u0E23\u0E35\u0E22\u0E19\u0E23\u0E39\u0E49",learn_table:"\u0E2A\u0E31\u0E14\u0E2A\u0E48\u0E27\u0E19\u0E17\u0E35\u0E48\u0E08\u0E33\u0E44\u0E14\u0E49\u0E02\u0E2D\u0E07\u0E41\u0E15\u0E48\u0E25\u0E30\u0E01\u0E32\u0E23\u0E01\u0E23\u0E30\u0E17\u0E33 \u0E01\u0E48\u0E2D\u0E19\u0E41\u0E25\u0E30\u0E2B\u0E25\u0E31\u0E07",examples:"\u0E15\u0E31\u0E27\u0E2D\u0E22\u0E48\u0E32\u0E07",before:"\u0E01\u0E48\u0E2D\u0E19",after:"\u0E2B\u0E25\u0E31\u0E07",unknown:"\u0E44\u0E21\u0E48\u0E17\u0E23\u0E32\u0E1A",got_worse:"\u0E41\u0E22\u0E48\u0E25\u0E07: {labels}",go_back:"\u0E40\u0E25\u0E34\u0E01\u0E17\u0E33: \u0E01\u0E25\u0E31\u0E1A\u0E44\u0E1B\u0E17\u0E35\u0E48 \u201C{version}\u201D",went_back:"\u0E01\u0E25\u0E31\u0E1A\u0E21\u0E32\u0E43\u0E0A\u0E49 \u201C{version}\u201D \u0E41\u0E25\u0E49\u0E27",versions:"\u0E40\u0E27\u0E2D\u0E23\u0E4C\u0E0A\u0E31\u0E19",version:"\u0E40\u0E27\u0E2D\u0E23\u0E4C\u0E0A\u0E31\u0E19 {version}",version_own:"\u0E04\u0E48\u0E32\u0E40\u0E23\u0E34\u0E48\u0E21\u0E15\u0E49\u0E19",version_accuracy:"\u0E08\u0E33\u0E44\u0E14\u0E49 {accuracy}",version_taught:"\u0E23\u0E39\u0E49\u0E08\u0E31\u0E01 {labels}",version_active:"\u0E43\u0E0A\u0E49\u0E2D\u0E22\u0E39\u0E48",version_use:"\u0E43\u0E0A\u0E49",form_title:"\u0E0A\u0E37\u0E48\u0E2D\u0E40\u0E23\u0E37\u0E48\u0E2D\u0E07",card_name:"\u0E44\u0E17\u0E21\u0E4C\u0E44\u0E25\u0E19\u0E4C TinyAct",card_description:"\u0E2A\u0E34\u0E48\u0E07\u0E17\u0E35\u0E48\u0E1C\u0E39\u0E49\u0E04\u0E19\u0E17\u0E33\u0E2B\u0E19\u0E49\u0E32\u0E01\u0E25\u0E49\u0E2D\u0E07\u0E02\u0E2D\u0E07\u0E04\u0E38\u0E13: \u0E14\u0E39\u0E22\u0E49\u0E2D\u0E19\u0E2B\u0E25\u0E31\u0E07 \u0E41\u0E01\u0E49\u0E44\u0E02 \u0E2A\u0E2D\u0E19",form_all:"\u0E17\u0E31\u0E49\u0E07\u0E2B\u0E21\u0E14 \u0E2B\u0E32\u0E01\u0E44\u0E21\u0E48\u0E44\u0E14\u0E49\u0E40\u0E25\u0E37\u0E2D\u0E01",missed:"\u0E21\u0E35\u0E2A\u0E34\u0E48\u0E07\u0E17\u0E35\u0E48\u0E15\u0E23\u0E27\u0E08\u0E44\u0E21\u0E48\u0E1E\u0E1A\u0E2B\u0E23\u0E37\u0E2D\u0E44\u0E21\u0E48",missed_help:"\u0E1A\u0E2D\u0E01\u0E27\u0E48\u0E32\u0E21\u0E35\u0E43\u0E04\u0E23\u0E01\u0E33\u0E25\u0E31\u0E07\u0E17\u0E33\u0E2B\u0E23\u0E37\u0E2D\u0E40\u0E1E\u0E34\u0E48\u0E07\u0E17\u0E33\u0E2D\u0E30\u0E44\u0E23\u0E2B\u0E19\u0E49\u0E32\u0E01\u0E25\u0E49\u0E2D\u0E07",missed_last:"\u0E0A\u0E48\u0E27\u0E07\u0E25\u0E48\u0E32\u0E2A\u0E38\u0E14",missed_label:"\u0E19\u0E35\u0E48\u0E04\u0E37\u0E2D",teach:"\u0E2A\u0E2D\u0E19",missed_taught:"\u0E2A\u0E2D\u0E19 \u201C{label}\u201D \u0E08\u0E32\u0E01 {count} \u0E0A\u0E48\u0E27\u0E07\u0E40\u0E27\u0E25\u0E32\u0E41\u0E25\u0E49\u0E27",remark_one_occasion:"\u0E15\u0E31\u0E27\u0E2D\u0E22\u0E48\u0E32\u0E07\u0E17\u0E31\u0E49\u0E07\u0E2B\u0E21\u0E14\u0E02\u0E2D\u0E07 \u201C{label}\u201D \u0E21\u0E32\u0E08\u0E32\u0E01\u0E42\u0E2D\u0E01\u0E32\u0E2A\u0E40\u0E14\u0E35\u0E22\u0E27 \u0E08\u0E36\u0E07\u0E44\u0E21\u0E48\u0E21\u0E35\u0E43\u0E04\u0E23\u0E1A\u0E2D\u0E01\u0E44\u0E14\u0E49\u0E27\u0E48\u0E32\u0E08\u0E30\u0E08\u0E14\u0E08\u0E33\u0E44\u0E14\u0E49\u0E14\u0E35\u0E40\u0E1E\u0E35\u0E22\u0E07\u0E43\u0E14 \u0E42\u0E1B\u0E23\u0E14\u0E2A\u0E2D\u0E19\u0E43\u0E19\u0E42\u0E2D\u0E01\u0E32\u0E2A\u0E2D\u0E37\u0E48\u0E19\u0E14\u0E49\u0E27\u0E22",remark_nothing_else:"\u0E22\u0E31\u0E07\u0E44\u0E21\u0E48\u0E44\u0E14\u0E49\u0E2A\u0E2D\u0E19\u0E2A\u0E34\u0E48\u0E07\u0E17\u0E35\u0E48\u0E44\u0E21\u0E48\u0E43\u0E0A\u0E48 \u201C{label}\u201D \u0E2B\u0E19\u0E49\u0E32\u0E01\u0E25\u0E49\u0E2D\u0E07\u0E40\u0E14\u0E35\u0E22\u0E27\u0E01\u0E31\u0E19\u0E2B\u0E25\u0E32\u0E22\u0E2A\u0E34\u0E48\u0E07\u0E2D\u0E32\u0E08\u0E16\u0E39\u0E01\u0E40\u0E02\u0E49\u0E32\u0E43\u0E08\u0E27\u0E48\u0E32\u0E40\u0E1B\u0E47\u0E19\u0E2A\u0E34\u0E48\u0E07\u0E19\u0E35\u0E49 \u0E42\u0E1B\u0E23\u0E14\u0E40\u0E25\u0E37\u0E2D\u0E01 \u201C\u0E44\u0E21\u0E48\u0E43\u0E0A\u0E48 \u2018{label}\u2019\u201D \u0E43\u0E19\u0E1A\u0E32\u0E07\u0E0A\u0E48\u0E27\u0E07\u0E40\u0E27\u0E25\u0E32\u0E1B\u0E01\u0E15\u0E34",remark_hard_to_tell:"\u0E41\u0E17\u0E1A\u0E41\u0E22\u0E01 \u201C{label}\u201D \u0E08\u0E32\u0E01 \u201C{other}\u201D \u0E44\u0E21\u0E48\u0E44\u0E14\u0E49 \u0E42\u0E1B\u0E23\u0E14\u0E2A\u0E2D\u0E19\u0E40\u0E1E\u0E34\u0E48\u0E21 \u0E2B\u0E23\u0E37\u0E2D\u0E43\u0E0A\u0E49\u0E0A\u0E37\u0E48\u0E2D\u0E40\u0E14\u0E35\u0E22\u0E27\u0E2A\u0E33\u0E2B\u0E23\u0E31\u0E1A\u0E17\u0E31\u0E49\u0E07\u0E2A\u0E2D\u0E07",remark_left_out:"\u0E08\u0E32\u0E01 {total} \u0E15\u0E31\u0E27\u0E2D\u0E22\u0E48\u0E32\u0E07 \u0E43\u0E0A\u0E49 {used} \u0E15\u0E31\u0E27\u0E2D\u0E22\u0E48\u0E32\u0E07\u0E25\u0E48\u0E32\u0E2A\u0E38\u0E14\u0E43\u0E19\u0E01\u0E32\u0E23\u0E40\u0E23\u0E35\u0E22\u0E19\u0E23\u0E39\u0E49 \u0E0B\u0E36\u0E48\u0E07\u0E40\u0E1B\u0E47\u0E19\u0E08\u0E33\u0E19\u0E27\u0E19\u0E2A\u0E39\u0E07\u0E2A\u0E38\u0E14\u0E15\u0E48\u0E2D\u0E04\u0E23\u0E31\u0E49\u0E07",not_allowed:"\u0E04\u0E38\u0E13\u0E44\u0E21\u0E48\u0E21\u0E35\u0E2A\u0E34\u0E17\u0E18\u0E34\u0E4C\u0E17\u0E33\u0E2A\u0E34\u0E48\u0E07\u0E19\u0E35\u0E49 \u0E42\u0E1B\u0E23\u0E14\u0E16\u0E32\u0E21\u0E1C\u0E39\u0E49\u0E14\u0E39\u0E41\u0E25\u0E23\u0E30\u0E1A\u0E1A\u0E02\u0E2D\u0E07 Home Assistant"};var It=n=>n in Se,$i={de:Dt,en:Se,es:jt,fr:Lt,th:Ut},O=(n,t,e={})=>{let i=n?.locale.language.split("-")[0]??"en";return($i[i]??Se)[t].replace(/\{(\w+)\}/g,(s,r)=>String(e[r]))};var Vt=new Set(["label","other","others"]),Wt=(n,t,e)=>{let i=`remark_${t?.code}`;if(!t||!It(i))return e;let s=Object.entries(t.params).map(([r,a])=>[r,Vt.has(r)?y(n,String(a)):a]);return O(n,i,Object.fromEntries(s))},j=async(n,t)=>{if(t.code==="unauthorized")return O(n,"not_allowed");if(!t.translation_key)return t.message;let e=Object.entries(t.translation_placeholders??{}).map(([r,a])=>[r,Vt.has(r)?a.split(", ").map(c=>y(n,c)).join(", "):a]),i=await n.loadBackendTranslation("exceptions","tinyact"),s=`component.tinyact.exceptions.${t.translation_key}.message`;return i(s,Object.fromEntries(e))||t.message};var k=_`
  :host {
    --line: var(--divider-color, rgba(127, 127, 127, 0.3));
    --quiet: var(--secondary-text-color);
    --soft: color-mix(in srgb, var(--primary-text-color) 6%, transparent);
    color: var(--primary-text-color);
    font-family: var(--ha-font-family-body, inherit);
    font-size: 14px;
    line-height: 1.4;
  }
  * {
    box-sizing: border-box;
  }
  button,
  input,
  select {
    font: inherit;
    color: inherit;
  }
  button {
    cursor: pointer;
    border: 0;
    background: none;
    padding: 0;
    text-align: inherit;
  }
  button:disabled {
    cursor: default;
    opacity: 0.5;
  }
  :focus-visible {
    outline: 2px solid var(--primary-color);
    outline-offset: 2px;
  }
  .icon {
    display: inline-grid;
    place-items: center;
    width: 40px;
    height: 40px;
    border-radius: 50%;
    flex: none;
  }
  .icon:hover:enabled {
    background: var(--soft);
  }
  .chip {
    display: inline-flex;
    align-items: center;
    gap: 6px;
    min-height: 32px;
    padding: 0 12px;
    border: 1px solid var(--line);
    border-radius: 16px;
    white-space: nowrap;
    --mdc-icon-size: 18px;
  }
  .chip:hover:enabled {
    background: var(--soft);
  }
  .chip[aria-pressed="true"] {
    border-color: var(--primary-color);
    background: color-mix(in srgb, var(--primary-color) 18%, transparent);
  }
  .action {
    min-height: 40px;
    padding: 0 16px;
    border-radius: 20px;
    border: 1px solid var(--line);
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 8px;
    --mdc-icon-size: 20px;
  }
  .action:not(.main):hover:enabled {
    background: var(--soft);
  }
  .action.main {
    border-color: transparent;
    /* The theme's own colour is too pale for white letters of this size. */
    background: color-mix(in srgb, var(--primary-color) 78%, #000);
    color: var(--text-primary-color, #fff);
  }
  .action.main:hover:enabled {
    filter: brightness(1.08);
  }
  input,
  select {
    min-width: 0;
    min-height: 40px;
    padding: 0 12px;
    border: 1px solid var(--line);
    border-radius: 8px;
    font-size: 14px;
    background: var(--card-background-color);
  }
  .quiet {
    color: var(--quiet);
  }
  .notice {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px 12px;
    padding: 8px 12px;
    border-radius: 8px;
    background: var(--soft);
  }
  .notice > span {
    flex: 1 1 180px;
  }
  .notice > .chip {
    padding-block: 4px;
    white-space: normal;
  }
  .notice.error {
    background: color-mix(in srgb, var(--error-color) 14%, transparent);
  }
  .notice.warning {
    background: color-mix(in srgb, var(--warning-color) 16%, transparent);
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`,Te=_`
  dialog {
    width: min(600px, 100vw - 32px);
    max-width: none;
    max-height: min(900px, 100dvh - 32px);
    padding: 0;
    border: 0;
    border-radius: var(--ha-dialog-border-radius, 24px);
    background: var(--ha-dialog-surface-background, var(--card-background-color));
    color: var(--primary-text-color);
    box-shadow: 0 8px 32px rgba(0, 0, 0, 0.4);
    overflow: auto;
  }
  dialog::backdrop {
    background: rgba(0, 0, 0, 0.5);
  }
  @media (max-width: 599px) {
    dialog {
      width: 100vw;
      height: 100dvh;
      max-height: none;
      margin: 0;
      border-radius: 0;
    }
  }
  header {
    position: sticky;
    top: 0;
    z-index: 1;
    display: flex;
    align-items: center;
    gap: 4px;
    padding: 8px 8px 8px 20px;
    background: inherit;
  }
  header h2 {
    flex: 1;
    margin: 0 0 0 8px;
    font-size: 20px;
    font-weight: 500;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .body {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 16px;
    padding: 4px 20px 20px;
  }
`;var w=n=>`${n.entry_id}/${n.id}`,M=(n,t)=>`${n}/${t}`,Ce=n=>Date.parse(n.started_at),Je=(n,t)=>Ce(t)-Ce(n)||t.id-n.id,ue=class{constructor(){this.actions=new Map;this.next=new Map;this.reach=new Map}add(t,e){for(let s of e.actions)this.actions.has(w(s))||this.put(s);this.next.set(t,e.next);let i=e.actions.at(-1);i&&this.reach.set(t,Ce(i))}put(t){let e=this.actions.get(w(t)),i=t.snapshot&&(e?.snapshot??t.snapshot);this.actions.set(w(t),{...t,snapshot:i})}remove(t){this.actions.delete(t)}get size(){return this.actions.size}get complete(){return[...this.next.values()].every(t=>t===null)}get horizon(){let t=[...this.next].flatMap(([e,i])=>i===null?[]:[this.reach.get(e)??1/0]);return t.length?Math.max(...t):void 0}list(){let t=this.horizon??-1/0;return[...this.actions.values()].filter(e=>Ce(e)>=t).sort(Je)}before(t){return this.list().find(e=>Je(t,e)<0)}after(t){return this.list().findLast(e=>Je(t,e)>0)}};var A=class extends P{text(t,e){return O(this.hass,t,e)}tell(t,e){this.dispatchEvent(new CustomEvent(t,{detail:e}))}};u([b({attribute:!1})],A.prototype,"hass",2);var S=(n,t)=>{customElements.get(n)||customElements.define(n,t)};var T=class extends A{constructor(){super(...arguments);this.cameraName="";this.playing=!1;this.broken=!1;this.busy=!1;this.sayTyped=e=>{e.preventDefault();let i=String(new FormData(e.target).get("label")).trim();i&&this.say({label:i})};this.turn=e=>{let i={ArrowUp:this.later,ArrowDown:this.earlier}[e.key];!i||e.target.matches("input, video")||(e.preventDefault(),this.tell("chosen",i))};this.leave=e=>{e.target===this.dialogElement&&this.dialogElement.close()}}firstUpdated(){this.dialogElement.showModal()}willUpdate(e){let i=e.get("action");i&&w(i)!==w(this.action)&&(this.asking=void 0,this.error=void 0,this.playing=!1,this.broken=!1)}async attempt(e){this.busy=!0,this.error=void 0;try{let i=await e();this.asking=void 0,i&&this.tell("changed",i)}catch(i){this.error=await j(this.hass,i)}finally{this.busy=!1}}say(e){this.attempt(()=>_t(this.hass,this.action,e))}render(){let{action:e}=this,i=y(this.hass,e.label);return l`<dialog
      aria-labelledby="title"
      @close=${()=>this.tell("closed")}
      @keydown=${this.turn}
      @click=${this.leave}
    >
      <header>
        <ha-icon icon=${D(e.label)} style="color:${H(e.label)}"></ha-icon>
        <h2 id="title">${i}</h2>
        ${this.renderTurn("later","mdi:chevron-up",this.later)}
        ${this.renderTurn("earlier","mdi:chevron-down",this.earlier)}
        <button
          class="icon"
          aria-label=${this.text("close")}
          title=${this.text("close")}
          @click=${()=>this.dialogElement.close()}
        >
          <ha-icon icon="mdi:close"></ha-icon>
        </button>
      </header>
      <div class="body">
        ${this.renderMedia(i)} ${this.renderFacts()}
        ${this.error?l`<div class="notice error" role="alert">
                <span>${this.text("failed_short",{error:this.error})}</span>
              </div>`:p}
        ${this.asking==="label"?this.renderChoice():this.renderVerdict()}
      </div>
    </dialog>`}renderTurn(e,i,s){return l`<button
      class="icon"
      aria-label=${this.text(e)}
      title=${this.text(e)}
      ?disabled=${!s}
      @click=${()=>this.tell("chosen",s)}
    >
      <ha-icon icon=${i}></ha-icon>
    </button>`}renderMedia(e){let{action:i}=this,s=this.text("picture",{label:e,camera:this.cameraName});return this.playing&&i.clip?l`<div class="media">
        <video
          src=${i.clip}
          poster=${i.snapshot??p}
          aria-label=${s}
          controls
          autoplay
          muted
          loop
          playsinline
          @error=${()=>{this.playing=!1,this.error=this.text("clip_failed")}}
        ></video>
        <button class="chip over" @click=${()=>this.playing=!1}>${this.text("still")}</button>
      </div>`:(!i.snapshot||this.broken)&&!i.clip?l`<div class="media none quiet">
        <ha-icon icon="mdi:image-off-outline"></ha-icon>${this.text("no_picture")}
      </div>`:l`<div class="media ${i.snapshot?"":"none"}">
      ${i.snapshot?l`<img src=${i.snapshot} alt=${s} @error=${()=>this.broken=!0} />`:p}
      ${i.clip?l`<button class="chip over" @click=${()=>this.playing=!0}>
              <ha-icon icon="mdi:play"></ha-icon>${this.text("play")}
            </button>`:p}
    </div>`}renderFacts(){let{action:e}=this,i=new $(this.hass),s=Date.parse(e.started_at),r=e.ended_at?i.duration(Date.parse(e.ended_at)-s):this.text("goes_on");return l`<dl>
      <dt>${this.text("camera")}</dt>
      <dd>${this.cameraName}</dd>
      <dt>${this.text("began")}</dt>
      <dd>${i.date(s)}, ${i.time(s)}</dd>
      <dt>${this.text("lasted")}</dt>
      <dd>${e.end_reason==="interrupted"?this.text("interrupted",{duration:r}):r}</dd>
      <dt>${this.text("confidence")}</dt>
      <dd>
        <span class="meter"
          ><i style="width:${100*e.confidence}%;background:${H(e.label)}"></i
        ></span>
        ${i.percent(e.confidence)}
      </dd>
    </dl>`}renderVerdict(){let{action:e}=this;return l`<section aria-label=${this.text("was_it")}>
        ${e.correction?this.renderSaid():this.renderQuestion()}
      </section>
      ${this.hass.user?.is_admin?this.renderErase():p}`}renderQuestion(){let{action:e}=this;return l`<h3>${this.text("was_it")}</h3>
      <div class="buttons">
        ${this.edge?.teachable?l`<button
                  class="action main"
                  ?disabled=${this.busy}
                  @click=${()=>this.say({label:e.label})}
                >
                  <ha-icon icon="mdi:check"></ha-icon>${this.text("right")}
                </button>
                <button class="action" ?disabled=${this.busy} @click=${()=>this.asking="label"}>
                  <ha-icon icon="mdi:pencil"></ha-icon>${this.text("other")}
                </button>`:p}
        <button
          class="action"
          ?disabled=${this.busy}
          aria-describedby="never"
          @click=${()=>this.say({never_here:!0})}
        >
          <ha-icon icon="mdi:cancel"></ha-icon>${this.text("never_here")}
        </button>
      </div>
      <p id="never" class="quiet">
        ${this.text("never_here_help",{label:y(this.hass,e.label)})}
        ${this.edge?.teachable?p:this.text("learn_nowhere")}
      </p>`}renderSaid(){let{kind:e,recognized:i,state:s,detail:r}=this.action.correction,a=y(this.hass,this.action.label),c=e==="label"&&i===this.action.label?"right":e;return l`<div class="notice ${s==="refused"?"warning":""}" role="status">
        <span
          >${this.text(`said_${c}`,{label:a,recognized:y(this.hass,i)})}
          <span class="quiet">${this.text(`state_${s}`,{detail:r??""})}</span></span
        >
        <button
          class="chip"
          ?disabled=${this.busy}
          @click=${()=>this.attempt(()=>$t(this.hass,this.action))}
        >
          <ha-icon icon="mdi:undo"></ha-icon>${this.text("undo")}
        </button>
      </div>
      ${this.edge?.teachable&&this.hass.user?.is_admin&&s!=="kept"?l`<button class="action main learn" @click=${()=>this.tell("learn")}>
              <ha-icon icon="mdi:school-outline"></ha-icon>${this.text("learn_now")}
            </button>`:p}`}renderChoice(){let e=this.action.label;return l`<section aria-labelledby="what">
      <h3 id="what">${this.text("what_was_it")}</h3>
      <div class="buttons">
        ${ie(this.edge?.labels??[]).filter(i=>i!==e).map(i=>l`<button class="chip" ?disabled=${this.busy} @click=${()=>this.say({label:i})}>
                <ha-icon icon=${D(i)} style="color:${H(i)}"></ha-icon
                >${y(this.hass,i)}
              </button>`)}
        <button class="chip" ?disabled=${this.busy} @click=${()=>this.say({not:!0})}>
          <ha-icon icon="mdi:close"></ha-icon>${this.text("not_this",{label:y(this.hass,e)})}
        </button>
      </div>
      <form @submit=${this.sayTyped}>
        <label for="typed">${this.text("another")}</label>
        <input
          id="typed"
          name="label"
          maxlength="40"
          required
          autocomplete="off"
          aria-describedby="typed-help"
        />
        <button class="action main" ?disabled=${this.busy}>${this.text("say")}</button>
        <span id="typed-help" class="quiet">${this.text("another_help")}</span>
      </form>
      <button class="chip" @click=${()=>this.asking=void 0}>
        <ha-icon icon="mdi:arrow-left"></ha-icon>${this.text("back")}
      </button>
    </section>`}renderErase(){return this.asking!=="delete"?l`<div>
        <button class="chip quiet" @click=${()=>this.asking="delete"}>
          <ha-icon icon="mdi:delete-outline"></ha-icon>${this.text("delete")}
        </button>
      </div>`:l`<div class="notice warning">
      <span>${this.text("delete_sure")}</span>
      <button class="chip" @click=${()=>this.asking=void 0}>${this.text("back")}</button>
      <button
        class="chip danger"
        ?disabled=${this.busy}
        @click=${()=>this.attempt(()=>xt(this.hass,this.action))}
      >
        ${this.text("delete_yes")}
      </button>
    </div>`}updated(e){(e.has("asking")||e.has("action"))&&!this.shadowRoot?.activeElement&&this.renderRoot.querySelector("section button")?.focus()}static{this.styles=[k,Te,_`
      .media {
        position: relative;
        overflow: hidden;
        border-radius: 12px;
        background: #000;
        min-height: 48px;
      }
      .media.none {
        display: grid;
        place-items: center;
        gap: 8px;
        padding: 32px 16px;
        background: var(--soft);
      }
      img,
      video {
        display: block;
        width: 100%;
        max-height: 50vh;
        object-fit: contain;
      }
      .over {
        position: absolute;
        left: 12px;
        top: 12px;
        color: #fff;
        border-color: transparent;
        background: rgba(0, 0, 0, 0.65);
      }
      .over:hover:enabled {
        background: rgba(0, 0, 0, 0.8);
      }
      .none .over {
        position: static;
      }
      dl {
        display: grid;
        grid-template-columns: max-content 1fr;
        gap: 6px 16px;
        margin: 0;
      }
      dt {
        color: var(--quiet);
      }
      dd {
        margin: 0;
        display: flex;
        align-items: center;
        gap: 10px;
      }
      .meter {
        flex: 1;
        max-width: 160px;
        height: 6px;
        border-radius: 3px;
        overflow: hidden;
        background: var(--line);
      }
      .meter i {
        display: block;
        height: 100%;
      }
      section {
        display: grid;
        gap: 12px;
        justify-items: start;
      }
      h3 {
        margin: 0;
        font-size: 16px;
        font-weight: 500;
      }
      p {
        margin: 0;
        font-size: 13px;
      }
      .buttons {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      .notice {
        width: 100%;
      }
      form {
        display: grid;
        grid-template-columns: 1fr auto;
        gap: 4px 8px;
        width: 100%;
      }
      form label,
      form .quiet {
        grid-column: 1 / -1;
        font-size: 13px;
      }
      .danger {
        color: var(--error-color);
        border-color: currentColor;
      }
    `]}};u([b({attribute:!1})],T.prototype,"action",2),u([b({attribute:!1})],T.prototype,"cameraName",2),u([b({attribute:!1})],T.prototype,"edge",2),u([b({attribute:!1})],T.prototype,"earlier",2),u([b({attribute:!1})],T.prototype,"later",2),u([v()],T.prototype,"asking",2),u([v()],T.prototype,"playing",2),u([v()],T.prototype,"broken",2),u([v()],T.prototype,"busy",2),u([v()],T.prototype,"error",2),u([X("dialog")],T.prototype,"dialogElement",2);S("tinyact-action-dialog",T);var ze=class extends A{constructor(){super(...arguments);this.day=""}render(){let{day:e}=this,i=new $(this.hass),s=G(Date.now(),pe(this.hass)),a={[s]:"today",[Z(s,-1)]:"yesterday"}[e],c=(te(e,i.zone)+te(Z(e,1),i.zone))/2,o=i.date(c);return l`<button
        class="icon"
        aria-label=${this.text("previous_day")}
        title=${this.text("previous_day")}
        @click=${()=>this.tell("chosen",Z(e,-1))}
      >
        <ha-icon icon="mdi:chevron-left"></ha-icon>
      </button>
      <label class="date">
        <span aria-live="polite"
          >${a?l`<b>${this.text(a)}</b>, ${o}`:l`<b>${o}</b>`}</span
        >
        <ha-icon icon="mdi:calendar"></ha-icon>
        <input
          type="date"
          aria-label=${this.text("choose_day")}
          .value=${e}
          max=${s}
          @click=${d=>d.target.showPicker?.()}
          @change=${d=>{let{value:m}=d.target;m&&this.tell("chosen",m>s?s:m)}}
        />
      </label>
      <button
        class="icon"
        aria-label=${this.text("next_day")}
        title=${this.text("next_day")}
        ?disabled=${e>=s}
        @click=${()=>this.tell("chosen",Z(e,1))}
      >
        <ha-icon icon="mdi:chevron-right"></ha-icon>
      </button>`}static{this.styles=[k,_`
      :host {
        display: flex;
        align-items: center;
        justify-content: space-between;
        padding: 0 8px;
      }
      .date {
        position: relative;
        display: inline-flex;
        align-items: center;
        gap: 8px;
        padding: 8px 12px;
        border-radius: 20px;
        --mdc-icon-size: 18px;
      }
      .date:hover {
        background: var(--soft);
      }
      .date input {
        position: absolute;
        inset: 0;
        width: 100%;
        opacity: 0;
        cursor: pointer;
      }
      .date:focus-within {
        outline: 2px solid var(--primary-color);
      }
      b {
        font-weight: 500;
      }
    `]}};u([b({attribute:!1})],ze.prototype,"day",2);S("tinyact-day-picker",ze);var J=class extends A{constructor(){super(...arguments);this.cameras=[];this.labels=[];this.tally=new Map}render(){let{cameras:e,labels:i}=this.choice;return l`
      ${this.cameras.length>1?this.renderChips("cameras",e,s=>({cameras:s,labels:i}),this.cameras,s=>({value:s.place,content:l`<span class="name">${s.name}</span>${s.state==="online"?p:l`<span class="quiet"
                          >${this.text(s.state==="paused"?"camera_paused":"camera_unavailable")}</span
                        >`}`})):p}
      ${this.labels.length>1?this.renderChips("actions",i,s=>({cameras:e,labels:s}),this.labels,s=>({value:s,content:l`<ha-icon icon=${D(s)} style="color:${H(s)}"></ha-icon>${y(this.hass,s)}${this.renderTally(s)}`})):p}
    `}renderChips(e,i,s,r,a){let c=(o,d,m)=>l`<button
        class="chip"
        aria-pressed=${o?"true":"false"}
        @click=${()=>this.tell("chosen",s(d))}
      >
        ${m}
      </button>`;return l`<div class="chips" role="group" aria-label=${this.text(e)}>
      ${c(!i.length,[],this.text("all"))}
      ${r.map(o=>{let{value:d,content:m}=a(o);return c(i.includes(d),zt(i,d),m)})}
    </div>`}renderTally(e){let i=this.tally.get(e);if(!i)return p;let s=new $(this.hass).total(1e3*i.seconds);return l`<b>${i.count}<span class="unseen"> ×</span></b
      ><span class=${this.cameras.length>1?"unseen":"quiet"}>${s}</span>`}static{this.styles=[k,_`
      :host {
        display: block;
      }
      .chips {
        display: flex;
        gap: 8px;
        padding: 4px 32px 4px 16px;
        overflow-x: auto;
        scrollbar-width: none;
        /* There is more to the right. */
        mask-image: linear-gradient(to left, transparent, #000 32px);
      }
      /* A mouse does not swipe. */
      @media (hover: hover) {
        .chips {
          flex-wrap: wrap;
          gap: 6px;
          padding-right: 16px;
          mask-image: none;
        }
      }
      .chip {
        position: relative;
        flex: none;
      }
      .name {
        max-width: 15em;
        overflow: hidden;
        text-overflow: ellipsis;
      }
      b {
        font-weight: 500;
        font-variant-numeric: tabular-nums;
      }
    `]}};u([b({attribute:!1})],J.prototype,"choice",2),u([b({attribute:!1})],J.prototype,"cameras",2),u([b({attribute:!1})],J.prototype,"labels",2),u([b({attribute:!1})],J.prototype,"tally",2);S("tinyact-filters",J);var He={ATTRIBUTE:1,CHILD:2,PROPERTY:3,BOOLEAN_ATTRIBUTE:4,EVENT:5,ELEMENT:6},Oe=n=>(...t)=>({_$litDirective$:n,values:t}),se=class{constructor(t){}get _$AU(){return this._$AM._$AU}_$AT(t,e,i){this._$Ct=t,this._$AM=e,this._$Ci=i}_$AS(t,e){return this.update(t,e)}update(t,e){return this.render(...e)}};var Bt=Oe(class extends se{constructor(n){if(super(n),n.type!==He.ATTRIBUTE||n.name!=="class"||n.strings?.length>2)throw Error("`classMap()` can only be used in the `class` attribute and must be the only part in the attribute.")}render(n){return" "+Object.keys(n).filter(t=>n[t]).join(" ")+" "}update(n,[t]){if(this.st===void 0){this.st=new Set,n.strings!==void 0&&(this.nt=new Set(n.strings.join(" ").split(/\s/).filter(i=>i!=="")));for(let i in t)t[i]&&!this.nt?.has(i)&&this.st.add(i);return this.render(t)}let e=n.element.classList;for(let i of this.st)i in t||(e.remove(i),this.st.delete(i));for(let i in t){let s=!!t[i];s===this.st.has(i)||this.nt?.has(i)||(s?(e.add(i),this.st.add(i)):(e.remove(i),this.st.delete(i)))}return z}});var xi=[5,10,20,30,60,120],Y=class extends A{constructor(){super(...arguments);this.busy=!1;this.submit=e=>{e.preventDefault();let i=new FormData(e.target),s=String(i.get("label")).trim();s&&this.attempt(()=>wt(this.hass,this.edge.entry_id,String(i.get("camera")),s,Number(i.get("seconds"))))};this.undo=()=>{let{lesson:e}=this;e&&this.attempt(async()=>{await At(this.hass,this.edge.entry_id,e)})}}async attempt(e){this.busy=!0,this.error=void 0;try{this.lesson=await e()}catch(i){this.error=await j(this.hass,i)}finally{this.busy=!1}}render(){let e=new $(this.hass);return l`<section aria-labelledby="missed">
      <h3 id="missed">${this.text("missed")}</h3>
      <p class="quiet">${this.text("missed_help")}</p>
      <form @submit=${this.submit}>
        <label
          >${this.text("camera")}
          <select name="camera">
            ${this.edge.cameras.map(i=>l`<option value=${i.id}>${i.name}</option>`)}
          </select>
        </label>
        <label
          >${this.text("missed_last")}
          <select name="seconds">
            ${xi.map(i=>l`<option value=${i} ?selected=${i===10}>
                  ${e.duration(i*1e3)}
                </option>`)}
          </select>
        </label>
        <label
          >${this.text("missed_label")}
          <input name="label" list="labels" maxlength="40" required autocomplete="off" />
        </label>
        <datalist id="labels">
          ${ie(this.edge.labels).map(i=>l`<option value=${i}>${y(this.hass,i)}</option>`)}
        </datalist>
        <button class="action" ?disabled=${this.busy}>${this.text("teach")}</button>
      </form>
      ${this.error===void 0?p:l`<div class="notice error" role="alert">
              <span>${this.text("failed_short",{error:this.error})}</span>
            </div>`}
      ${this.lesson?l`<div class="notice" role="status">
              <span
                >${this.text("missed_taught",{count:this.lesson.windows,label:y(this.hass,this.lesson.label)})} <span class="quiet">${this.text("state_taught")}</span></span
              >
              <button class="chip" ?disabled=${this.busy} @click=${this.undo}>
                <ha-icon icon="mdi:undo"></ha-icon>${this.text("undo")}
              </button>
            </div>`:p}
    </section>`}static{this.styles=[k,_`
      section {
        display: grid;
        gap: 10px;
      }
      h3,
      p {
        margin: 0;
      }
      h3 {
        font-size: 16px;
        font-weight: 500;
      }
      form {
        display: grid;
        grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
        align-items: end;
        gap: 10px;
      }
      label {
        display: grid;
        gap: 2px;
        font-size: 13px;
      }
    `]}};u([b({attribute:!1})],Y.prototype,"edge",2),u([v()],Y.prototype,"lesson",2),u([v()],Y.prototype,"busy",2),u([v()],Y.prototype,"error",2);S("tinyact-teach",Y);var wi=1e3,C=class extends A{constructor(){super(...arguments);this.entryId="";this.busy=!1;this.learn=()=>{this.attempt(async()=>{for(this.said=void 0,this.job=void 0,this.previous=this.versions?.find(e=>e.active)?.version,this.job=await kt(this.hass,this.entryId);this.isConnected&&(this.job.state==="queued"||this.job.state==="running");)await new Promise(e=>setTimeout(e,wi)),this.job=await Et(this.hass,this.entryId,this.job.id);await this.look()})};this.leave=e=>{e.target===this.dialogElement&&this.dialogElement.close()}}firstUpdated(){this.dialogElement.showModal(),this.attempt(()=>this.look())}get edge(){return this.edges?.find(e=>e.entry_id===this.entryId)}get allowed(){return!!(this.hass.user?.is_admin&&this.edge?.teachable)}async attempt(e){if(this.allowed){this.busy=!0,this.error=void 0;try{await e()}catch(i){this.job?.state!=="done"&&(this.job=void 0),this.error=await j(this.hass,i)}finally{this.busy=!1}}}async look(){this.versions=await St(this.hass,this.entryId)}use(e){this.attempt(async()=>{await Tt(this.hass,this.entryId,e),this.job=void 0,this.said=this.text("went_back",{version:this.nameOf(e)}),await this.look()})}another(e){this.entryId=e,this.versions=void 0,this.job=void 0,this.said=void 0,this.attempt(()=>this.look())}render(){return l`<dialog aria-labelledby="title" @close=${()=>this.tell("closed")} @click=${this.leave}>
      <header>
        <ha-icon icon="mdi:school-outline"></ha-icon>
        <h2 id="title">${this.text("learn")}</h2>
        <button
          class="icon"
          aria-label=${this.text("close")}
          title=${this.text("close")}
          @click=${()=>this.dialogElement.close()}
        >
          <ha-icon icon="mdi:close"></ha-icon>
        </button>
      </header>
      <div class="body">
        ${(this.edges?.length??0)>1?l`<div class="buttons" role="group">
                ${this.edges.map(e=>l`<button
                      class="chip"
                      aria-pressed=${e.entry_id===this.entryId?"true":"false"}
                      ?disabled=${this.busy}
                      @click=${()=>this.another(e.entry_id)}
                    >
                      ${e.title}
                    </button>`)}
              </div>`:p}
        ${this.renderLearn()}
        ${this.error===void 0?p:l`<div class="notice error" role="alert">
                <span>${this.text("failed_short",{error:this.error})}</span>
              </div>`}
        ${this.said?l`<div class="notice" role="status"><span>${this.said}</span></div>`:p}
        ${this.renderReport()}
        ${this.edge?.teachable&&this.edge.cameras.length?l`<tinyact-teach .hass=${this.hass} .edge=${this.edge}></tinyact-teach>`:p}
        ${this.renderVersions()}
      </div>
    </dialog>`}renderLearn(){if(!this.edge?.teachable)return l`<div class="notice"><span>${this.text("learn_nowhere")}</span></div>`;if(!this.allowed)return p;let e=this.job?.state,i=e==="queued"?"learn_waiting":e==="running"?"learn_running":void 0;return l`<p class="quiet">${this.text("learn_help")}</p>
      <div class="buttons">
        <button class="action main" ?disabled=${this.busy} @click=${this.learn}>
          <ha-icon icon="mdi:school-outline"></ha-icon>${this.text("learn_now")}
        </button>
        <span role="status">${i?l`<i class="spin"></i>${this.text(i)}`:p}</span>
      </div>`}renderReport(){let e=this.job?.state==="done"?this.job.report:null;if(!e)return p;let i=Object.entries(e.worse).map(([s,r])=>`${y(this.hass,s)} (\u2212${this.percent(r)})`);return l`<div class="notice" role="status">
        <span>${this.text("learn_done")}</span>
        ${this.previous===void 0?p:l`<button class="chip" ?disabled=${this.busy} @click=${()=>this.use(this.previous)}>
                <ha-icon icon="mdi:undo"></ha-icon
                >${this.text("go_back",{version:this.nameOf(this.previous)})}
              </button>`}
      </div>
      ${i.length?l`<div class="notice warning">
              <ha-icon icon="mdi:trending-down"></ha-icon
              ><span>${this.text("got_worse",{labels:i.join(", ")})}</span>
            </div>`:p}
      ${e.warnings.map((s,r)=>l`<div class="notice">
            <span>${Wt(this.hass,e.doubts?.[r],s)}</span>
          </div>`)}
      <table>
        <caption>
          ${this.text("learn_table")}
        </caption>
        <thead>
          <tr>
            <th></th>
            <th scope="col">${this.text("examples")}</th>
            <th scope="col">${this.text("before")}</th>
            <th scope="col">${this.text("after")}</th>
          </tr>
        </thead>
        <tbody>
          ${e.report.map(s=>this.renderRow(s,s.label in e.worse))}
        </tbody>
      </table>`}renderRow(e,i){return l`<tr class=${Bt({worse:i,taught:e.examples>0})}>
      <th scope="row">${y(this.hass,e.label)}</th>
      <td>${e.examples||""}</td>
      <td>${this.percent(e.recall_before)}</td>
      <td>${this.percent(e.recall_after)}</td>
    </tr>`}percent(e){return e===null?this.text("unknown"):new $(this.hass).percent(e)}nameOf(e){return e?this.text("version",{version:e}):this.text("version_own")}renderVersions(){if(!this.versions?.length)return p;let e=new $(this.hass);return l`<section aria-labelledby="versions">
      <h3 id="versions">${this.text("versions")}</h3>
      <ul>
        ${this.versions.map(i=>{let s=[i.version&&i.created_at?e.moment(Date.parse(i.created_at)):void 0,i.accuracy===null?void 0:this.text("version_accuracy",{accuracy:e.percent(i.accuracy)}),i.taught.length?this.text("version_taught",{labels:i.taught.map(r=>y(this.hass,r)).join(", ")}):void 0].filter(Boolean);return l`<li>
            <span class="fact">
              ${this.nameOf(i.version)}
              <span class="quiet">${s.join(" \xB7 ")}</span>
            </span>
            ${i.active?l`<span class="tag">${this.text("version_active")}</span>`:l`<button
                    class="chip"
                    ?disabled=${this.busy||!i.usable}
                    @click=${()=>this.use(i.version)}
                  >
                    ${this.text("version_use")}
                  </button>`}
          </li>`})}
      </ul>
    </section>`}static{this.styles=[k,Te,_`
      .buttons {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 12px;
      }
      p {
        margin: 0;
      }
      .spin {
        display: inline-block;
        width: 14px;
        height: 14px;
        margin-right: 8px;
        vertical-align: -2px;
        border: 2px solid var(--primary-color);
        border-right-color: transparent;
        border-radius: 50%;
        animation: spin 1s linear infinite;
      }
      @keyframes spin {
        to {
          rotate: 1turn;
        }
      }
      table {
        width: 100%;
        border-collapse: collapse;
        font-variant-numeric: tabular-nums;
      }
      caption {
        text-align: left;
        padding-bottom: 6px;
        color: var(--quiet);
      }
      th {
        font-weight: 500;
        text-align: left;
      }
      td,
      th {
        padding: 6px 4px;
        border-bottom: 1px solid var(--line);
      }
      td,
      thead th {
        text-align: right;
      }
      .worse td:last-child {
        color: var(--error-color);
        font-weight: 500;
      }
      .taught {
        background: color-mix(in srgb, var(--primary-color) 10%, transparent);
      }
      h3 {
        margin: 0 0 4px;
        font-size: 16px;
        font-weight: 500;
      }
      ul {
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: flex;
        align-items: center;
        gap: 12px;
        min-height: 48px;
        padding-block: 6px;
        border-bottom: 1px solid var(--line);
      }
      .fact {
        flex: 1;
        display: flex;
        flex-direction: column;
      }
      .tag {
        padding: 2px 10px;
        border-radius: 10px;
        background: color-mix(in srgb, var(--primary-color) 18%, transparent);
      }
    `]}};u([b({attribute:!1})],C.prototype,"edges",2),u([b({attribute:!1})],C.prototype,"entryId",2),u([v()],C.prototype,"versions",2),u([v()],C.prototype,"job",2),u([v()],C.prototype,"previous",2),u([v()],C.prototype,"busy",2),u([v()],C.prototype,"error",2),u([v()],C.prototype,"said",2),u([X("dialog")],C.prototype,"dialogElement",2);S("tinyact-learn-dialog",C);var{I:Ai}=gt,Ft=n=>n;var Kt=()=>document.createComment(""),ne=(n,t,e)=>{let i=n._$AA.parentNode,s=t===void 0?n._$AB:t._$AA;if(e===void 0){let r=i.insertBefore(Kt(),s),a=i.insertBefore(Kt(),s);e=new Ai(r,a,n,n.options)}else{let r=e._$AB.nextSibling,a=e._$AM,c=a!==n;if(c){let o;e._$AQ?.(n),e._$AM=n,e._$AP!==void 0&&(o=n._$AU)!==a._$AU&&e._$AP(o)}if(r!==s||c){let o=e._$AA;for(;o!==r;){let d=Ft(o).nextSibling;Ft(i).insertBefore(o,s),o=d}}}return e},L=(n,t,e=n)=>(n._$AI(t,e),n),ki={},Gt=(n,t=ki)=>n._$AH=t,Zt=n=>n._$AH,Me=n=>{n._$AR(),n._$AA.remove()};var Jt=(n,t,e)=>{let i=new Map;for(let s=t;s<=e;s++)i.set(n[s],s);return i},Yt=Oe(class extends se{constructor(n){if(super(n),n.type!==He.CHILD)throw Error("repeat() can only be used in text expressions")}dt(n,t,e){let i;e===void 0?e=t:t!==void 0&&(i=t);let s=[],r=[],a=0;for(let c of n)s[a]=i?i(c,a):a,r[a]=e(c,a),a++;return{values:r,keys:s}}render(n,t,e){return this.dt(n,t,e).values}update(n,[t,e,i]){let s=Zt(n),{values:r,keys:a}=this.dt(t,e,i);if(!Array.isArray(s))return this.ut=a,r;let c=this.ut??=[],o=[],d,m,h=0,g=s.length-1,f=0,x=r.length-1;for(;h<=g&&f<=x;)if(s[h]===null)h++;else if(s[g]===null)g--;else if(c[h]===a[f])o[f]=L(s[h],r[f]),h++,f++;else if(c[g]===a[x])o[x]=L(s[g],r[x]),g--,x--;else if(c[h]===a[x])o[x]=L(s[h],r[x]),ne(n,o[x+1],s[h]),h++,x--;else if(c[g]===a[f])o[f]=L(s[g],r[f]),ne(n,s[h],s[g]),g--,f++;else if(d===void 0&&(d=Jt(a,f,x),m=Jt(c,h,g)),d.has(c[h]))if(d.has(c[g])){let R=m.get(a[f]),Re=R!==void 0?s[R]:null;if(Re===null){let Qe=ne(n,s[h]);L(Qe,r[f]),o[f]=Qe}else o[f]=L(Re,r[f]),ne(n,s[h],Re),s[R]=null;f++}else Me(s[g]),g--;else Me(s[h]),h++;for(;f<=x;){let R=ne(n,o[x+1]);L(R,r[f]),o[f++]=R}for(;h<=g;){let R=s[h++];R!==null&&Me(R)}return this.ut=a,Gt(n,o),z}});var me=class extends A{constructor(){super(...arguments);this.actions=[];this.names=new Map;this.walk=e=>{let{rows:i}=this,s=i.indexOf(e.target);if(s<0)return;let r={ArrowDown:s+1,ArrowUp:s-1,Home:0,End:i.length-1}[e.key];r!==void 0&&(e.preventDefault(),i[r]?.focus())}}reach(e){this.rows.find(i=>i.dataset.key===e)?.focus()}get rows(){return[...this.renderRoot.querySelectorAll(".row")]}render(){let e=new $(this.hass),i=new Map;for(let s of this.actions){let r=Ee(Date.parse(s.started_at),e.zone),a=i.get(r);a?a.push(s):i.set(r,[s])}return l`<div @keydown=${this.walk}>
        ${[...i].map(([s,r])=>l`
            <h3 aria-label="${e.hour(s)}, ${this.text("hour_count",{count:r.length})}">
              ${e.hour(s)} <span class="quiet">${r.length}</span>
            </h3>
            <ul>
              ${Yt(r,w,a=>this.renderAction(a,e))}
            </ul>
          `)}
      </div>
      <slot></slot>`}renderAction(e,i){let s=Date.parse(e.started_at),r=e.ended_at&&i.duration(Date.parse(e.ended_at)-s);return l`<li>
      <button class="row" data-key=${w(e)} @click=${()=>this.tell("chosen",e)}>
        <span class="thumbnail" style="--tint:${H(e.label)}">
          ${e.snapshot?l`<img
                  src=${e.snapshot}
                  alt=""
                  loading="lazy"
                  @error=${a=>a.target.remove()}
                />`:p}
          <ha-icon icon=${D(e.label)}></ha-icon>
        </span>
        <span class="what">
          <b>${y(this.hass,e.label)}</b>
          <span class="quiet"
            >${this.names.get(M(e.entry_id,e.camera))??e.camera}</span
          >
          ${e.correction?l`<span class="tag">${this.text("corrected")}</span>`:p}
        </span>
        <span class="when">
          <span>${i.time(s)}</span>
          <span class="quiet"
            >${r??l`<span class="now">${this.text("now")}</span>`} ·
            ${i.percent(e.confidence)}</span
          >
        </span>
      </button>
    </li>`}static{this.styles=[k,_`
      :host {
        display: block;
        overflow-y: auto;
        overscroll-behavior: contain;
        border-top: 1px solid var(--line);
      }
      h3 {
        position: sticky;
        top: 0;
        z-index: 1;
        margin: 0;
        padding: 6px 16px;
        font-size: 13px;
        font-weight: 500;
        background: var(--ha-card-background, var(--card-background-color));
      }
      ul {
        margin: 0;
        padding: 0;
        list-style: none;
      }
      .row {
        display: flex;
        align-items: center;
        gap: 12px;
        width: 100%;
        padding: 5px 16px;
      }
      .row:hover,
      .row:focus-visible {
        background: var(--soft);
      }
      .row:focus-visible {
        outline-offset: -2px;
      }
      .thumbnail {
        position: relative;
        display: grid;
        place-items: center;
        flex: none;
        width: 88px;
        height: 66px;
        overflow: hidden;
        border-radius: 8px;
        color: var(--tint);
        background: color-mix(in srgb, var(--tint) 16%, transparent);
        --mdc-icon-size: 28px;
      }
      .thumbnail img {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
        object-fit: cover;
      }
      .thumbnail img + ha-icon {
        position: absolute;
        right: 4px;
        bottom: 4px;
        display: grid;
        place-items: center;
        width: 24px;
        height: 24px;
        border-radius: 50%;
        color: #fff;
        background: var(--tint);
        --mdc-icon-size: 16px;
      }
      .what,
      .when {
        display: flex;
        flex-direction: column;
        align-items: flex-start;
        min-width: 0;
      }
      .what {
        flex: 1;
      }
      .what > * {
        max-width: 100%;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .when {
        align-items: flex-end;
        flex: none;
        font-variant-numeric: tabular-nums;
      }
      b {
        font-weight: 500;
      }
      .tag {
        padding: 0 8px;
        border-radius: 8px;
        font-size: 12px;
        background: var(--soft);
      }
      .now {
        padding: 0 8px;
        border-radius: 8px;
        color: var(--primary-text-color);
        background: color-mix(in srgb, var(--primary-color) 20%, transparent);
      }
      @container (max-width: 400px) {
        .thumbnail img + ha-icon {
          width: 20px;
          height: 20px;
          right: 2px;
          bottom: 2px;
          --mdc-icon-size: 14px;
        }
        .thumbnail {
          width: 64px;
          height: 48px;
        }
        .row {
          gap: 10px;
          padding-inline: 12px;
        }
      }
    `]}};u([b({attribute:!1})],me.prototype,"actions",2),u([b({attribute:!1})],me.prototype,"names",2);S("tinyact-list",me);var Pe=36e5,Ei=5,Si=[1/12,1/6,1/4,1/2,1,2,3,6].map(n=>n*Pe),U=class extends A{constructor(){super(...arguments);this.actions=[];this.span=[0,0];this.lanes=[]}get range(){let[e,i]=this.span,s=this.actions[0],r=this.actions.at(-1);if(!s||!r)return[e,i];let a=Date.parse(r.started_at),c=Math.max(...this.actions.map(h=>this.endOf(h))),o=c-a<Pe/2?Pe/6:Pe,{zone:d}=new $(this.hass),m=h=>{let g=Ee(h,d);return g+Math.floor((h-g)/o)*o};return[Math.max(e,m(a)),Math.min(i,m(c)+o)]}endOf(e){return e.ended_at?Date.parse(e.ended_at):Math.max(Date.now(),Date.parse(e.started_at))}render(){if(!this.lanes.length||!this.actions.length)return p;let[e,i]=this.range,s=new $(this.hass),r=o=>100*(Math.min(Math.max(o,e),i)-e)/(i-e),a=Si.find(o=>(i-e)/o<=Ei)??i-e,c=[];for(let o=e;o<i;o+=a)c.push(o);return l`<div class="lanes">
        ${this.lanes.map(({place:o,name:d,tally:m})=>l`${this.lanes.length>1||this.choice.cameras.length?l`<div class="head">
                      <span class="name quiet" title=${d}>${d}</span>
                      ${this.renderTally(o,d,m,s)}
                    </div>`:p}
              <div class="lane" aria-hidden="true">
                ${this.horizon?l`<i class="beyond" style="width:${r(this.horizon)}%"></i>`:p}
                ${c.map(h=>l`<i class="tick" style="left:${r(h)}%"></i>`)}
                ${this.actions.filter(h=>M(h.entry_id,h.camera)===o).map(h=>{let g=Date.parse(h.started_at),f=r(g);return l`<i
                      class="mark"
                      title="${y(this.hass,h.label)}, ${s.time(g)}"
                      style="left:${f}%;width:${r(this.endOf(h))-f}%;--tint:${H(h.label)}"
                      @click=${()=>this.tell("opened",h)}
                    ></i>`})}
              </div>`)}
      </div>
      <div class="ticks quiet" aria-hidden="true">
        ${c.map(o=>l`<span style="left:min(${r(o)}%, 100% - 5em)">${s.hour(o)}</span>`)}
      </div>`}renderTally(e,i,s,r){let{cameras:a,labels:c}=this.choice;return l`<div class="tally" role="group" aria-label=${i}>
      ${[...s].map(([o,{count:d,seconds:m}])=>{let h=a.length===1&&c.length===1&&a[0]===e&&c[0]===o,g=r.total(1e3*m),f=`${y(this.hass,o)}, ${d} \xD7, ${g}`;return l`<button
          aria-label=${f}
          aria-pressed=${h?"true":"false"}
          title=${f}
          @click=${()=>this.tell("chosen",h?ee:{cameras:[e],labels:[o]})}
        >
          <ha-icon icon=${D(o)} style="color:${H(o)}"></ha-icon>${d}
          <span class="quiet">${g}</span>
        </button>`})}
    </div>`}static{this.styles=[k,_`
      :host {
        display: block;
      }
      .head {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 0 12px;
        margin-top: 4px;
        font-size: 12px;
        font-variant-numeric: tabular-nums;
        --mdc-icon-size: 15px;
      }
      .tally {
        display: flex;
        flex-wrap: wrap;
        gap: 0 2px;
        margin-left: -4px;
      }
      .tally button {
        display: inline-flex;
        align-items: center;
        gap: 3px;
        min-height: 24px;
        padding: 0 5px;
        border-radius: 12px;
        white-space: nowrap;
      }
      .tally button:hover {
        background: var(--soft);
      }
      .lanes {
        display: grid;
        gap: 4px;
      }
      .name {
        flex: 1 1 10em;
        min-width: 0;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .lane {
        position: relative;
        height: 22px;
        overflow: hidden;
        border-radius: 6px;
        background: var(--soft);
      }
      .lane > i {
        position: absolute;
        top: 0;
        bottom: 0;
      }
      .beyond {
        left: 0;
        background: repeating-linear-gradient(
          45deg,
          transparent 0 4px,
          color-mix(in srgb, var(--primary-text-color) 12%, transparent) 4px 6px
        );
      }
      .tick {
        width: 1px;
        background: var(--line);
      }
      .mark {
        min-width: 4px;
        background: var(--tint);
        border-radius: 2px;
        cursor: pointer;
      }
      .mark:hover {
        filter: brightness(1.2);
      }
      .ticks {
        position: relative;
        height: 18px;
        font-size: 11px;
        font-variant-numeric: tabular-nums;
        overflow: hidden;
      }
      .ticks span {
        position: absolute;
      }
    `]}};u([b({attribute:!1})],U.prototype,"actions",2),u([b({attribute:!1})],U.prototype,"span",2),u([b({attribute:!1})],U.prototype,"horizon",2),u([b({attribute:!1})],U.prototype,"lanes",2),u([b({attribute:!1})],U.prototype,"choice",2);S("tinyact-strip",U);var ge="tinyact-timeline-card",Ti=2e3,Ci=2e3,zi=1e3,E=class extends P{constructor(){super(...arguments);this.loading=!1;this.day="";this.chosen=ee;this.tallies=new Map;this.said="";this.timeline=new ue;this.following=!0;this.current=0;this.missed=!0;this.kept=[];this.retry=()=>{this.error=void 0,this.edges&&!this.missed?this.load():(this.unsubscribe=void 0,this.listen())};this.choose=e=>{this.chosen=e,Ot(this.name,e),this.load()};this.close=()=>{let e=this.opened&&w(this.opened);this.opened=void 0,e&&this.updateComplete.then(()=>this.listElement?.reach(e))}}static getStubConfig(){return{}}static getConfigForm(){let e=Ye(),i={title:"form_title",cameras:"cameras",labels:"actions"};return{schema:[{name:"title",selector:{text:{}}},{name:"cameras",selector:{device:{multiple:!0,entity:{integration:"tinyact",domain:"event"}}}},{name:"labels",selector:{select:{multiple:!0,custom_value:!0,options:Nt.map(s=>({value:s,label:e?y(e,s):s}))}}}],computeLabel:({name:s})=>O(e,i[s]??"title"),computeHelper:({name:s})=>s==="title"?void 0:O(e,"form_all")}}setConfig(e){for(let i of["cameras","labels"]){let s=e[i];if(s!==void 0&&!(Array.isArray(s)&&s.every(r=>typeof r=="string")))throw new Error(`${i} must be a list of texts`)}this.config=e,this.chosen=Ht(this.name),this.edges&&this.load()}getCardSize(){return 8}getGridOptions(){return{columns:12,min_columns:6,rows:"auto"}}connectedCallback(){super.connectedCallback(),this.listen()}disconnectedCallback(){super.disconnectedCallback(),this.unsubscribe?.then(e=>e?.()).catch(()=>{}),this.unsubscribe=void 0,this.edges=void 0,clearTimeout(this.counting),this.counting=void 0}shouldUpdate(e){if([...e.keys()].some(r=>r!=="hass"))return!0;let i=e.get("hass"),s=this.hass;return!i||!s||i.connected!==s.connected||i.locale!==s.locale||i.localize!==s.localize||i.devices!==s.devices||i.user!==s.user||this.past}willUpdate(e){e.has("hass")&&(this.hass?.connected===!1&&(this.unsubscribe=void 0),this.listen(),this.past&&this.go(this.today))}text(e,i){return O(this.hass,e,i)}listen(){!this.hass?.connected||!this.isConnected||this.unsubscribe||(this.missed=!0,this.unsubscribe=bt(this.hass,e=>this.take(e)).catch(async e=>{e.code==="unknown_command"?setTimeout(this.retry,Ti):this.error=await j(this.hass,e)}))}take(e){if(e.type==="edges"){let i=this.edges?.filter(r=>r.available).map(r=>r.entry_id),s=e.edges.some(r=>r.available&&!i?.includes(r.entry_id));this.edges=e.edges,this.error=void 0,(this.missed||s)&&this.load(),this.missed=!1}else e.type==="action_removed"?(this.timeline.remove(w(e)),this.countSoon(),this.opened&&w(this.opened)===w(e)&&(this.opened=void 0),this.requestUpdate()):this.takeAction(e.action,e.event==="confirmed"&&!e.replay)}takeAction(e,i){this.opened&&w(this.opened)===w(e)&&(this.opened=e);let s=Date.parse(e.started_at);if(this.following&&G(s,this.zone)>this.day){this.go(G(s,this.zone),!0);return}let[r,a]=this.span;s>=r&&s<a&&this.countSoon(),s>=r&&s<a&&this.wanted(e)?(this.timeline.put(e),i&&(this.said=this.sentence(e))):this.timeline.remove(w(e)),this.timeline.size>Ci&&this.load(),this.requestUpdate()}get zone(){return pe(this.hass)}get today(){return G(Date.now(),this.zone)}get past(){return this.following&&this.day!==""&&this.day<this.today}get span(){return[te(this.day,this.zone),te(Z(this.day,1),this.zone)]}get places(){let e=this.config?.cameras,i=(this.edges??[]).flatMap(s=>s.cameras.filter(r=>!e?.length||e.includes(r.device_id??"")).map(r=>[M(s.entry_id,r.id),r]));return new Map(i)}get labels(){let e=this.config?.labels;if(e?.length)return e;let i=Fe([...this.tallies.values()]),s=(this.edges??[]).flatMap(a=>a.labels),r=ie([...new Set([...s,...i.keys(),...this.chosen.labels])]);return[...r.filter(a=>i.has(a)),...r.filter(a=>!i.has(a))]}get choice(){let{places:e,chosen:i}=this;return{...i,cameras:i.cameras.filter(s=>e.has(s))}}get name(){return`${ge} ${JSON.stringify([this.config?.cameras??[],this.config?.labels??[]])}`}get asked(){let{cameras:e,labels:i}=this.choice,s=this.config?.cameras?.length?[...this.places.keys()]:[];return{cameras:e.length?e:s,labels:i.length?i:this.config?.labels??[]}}wanted(e){let{cameras:i,labels:s}=this.asked,r=M(e.entry_id,e.camera);return(!i.length||i.includes(r))&&(!s.length||s.includes(e.label))}go(e,i=e===this.today){this.day=e,this.following=i,this.kept=[],this.tallies=new Map,this.load()}async load(){this.hass&&(this.day||=this.today,this.timeline=new ue,this.count(),await this.fetch(this.reachable))}get reachable(){return(this.edges??[]).filter(e=>e.available).map(e=>e.entry_id)}async more(){let e=[...this.timeline.next].flatMap(([i,s])=>s===null?[]:[i]);await this.fetch(e)}async fetch(e){let i=++this.current,s=this.timeline;this.loading=!0,this.error=void 0;let{cameras:r,labels:a}=this.asked,c=async m=>{let h=Qt(m,r);if(r.length&&!h.length)return;let g=await vt(this.hass,m,{camera:h,label:a,...this.asking,page:s.next.get(m)??void 0});s.add(m,g)},o=await Promise.allSettled(e.map(c));if(i!==this.current)return;this.loading=!1;let d=o.find(m=>m.status==="rejected");d&&(this.error=await j(this.hass,d.reason))}get asking(){let[e,i]=this.span;return{after:new Date(e).toISOString(),before:new Date(i).toISOString()}}countSoon(){this.counting??=setTimeout(()=>{this.count()},zi)}async count(){clearTimeout(this.counting),this.counting=void 0;let{day:e}=this,i=this.config?.cameras?.length?[...this.places.keys()]:[],s=new Map,r=async a=>{let c=Qt(a,i);if(!(i.length&&!c.length))for(let o of await yt(this.hass,a,{camera:c,...this.asking})){let d=this.config?.labels;if(d?.length&&!d.includes(o.label))continue;let m=M(a,o.camera);s.set(m,(s.get(m)??new Map).set(o.label,o))}};await Promise.allSettled(this.reachable.map(r)),e===this.day&&(this.tallies=s)}nameOf(e){return this.names.get(M(e.entry_id,e.camera))??e.camera}get names(){let e=[...this.places].map(([i,s])=>({place:i,name:this.cameraName(s)}));return new Map(e.map(({place:i,name:s})=>{let r=e.filter(c=>c.name===s).length>1,a=this.edges?.find(c=>i.startsWith(M(c.entry_id,"")));return[i,r&&a?`${s} (${a.title})`:s]}))}cameraName(e){let i=e.device_id?this.hass?.devices[e.device_id]:void 0;return i?.name_by_user??i?.name??e.name}sentence(e){return this.text("seen",{label:y(this.hass,e.label),camera:this.nameOf(e),time:new $(this.hass).time(Date.parse(e.started_at))})}render(){return!this.hass||!this.config?p:l`<ha-card>
      <div class="head">
        <h2>${this.config.title||this.text("title")}</h2>
        ${this.edges?.length?l`<button
                class="icon"
                title=${this.text("learn")}
                aria-label=${this.text("learn")}
                @click=${()=>this.learning=this.edges?.[0]?.entry_id}
              >
                <ha-icon icon="mdi:school-outline"></ha-icon>
              </button>`:p}
      </div>
      ${this.renderTroubles()} ${this.edges?.length?this.renderDay():this.renderEmptyHouse()}
      <div class="unseen" aria-live="polite">${this.said}</div>
      ${this.renderDialogs()}
    </ha-card>`}renderEmptyHouse(){return this.error?p:l`<p class="empty quiet">${this.text(this.edges?"no_edges":"loading")}</p>`}renderTroubles(){let e=(this.edges??[]).filter(i=>!i.available);return l`<div class="troubles" role="status">
      ${this.hass.connected===!1?l`<div class="notice warning">
              <ha-icon icon="mdi:lan-disconnect"></ha-icon><span>${this.text("disconnected")}</span>
            </div>`:p}
      ${e.map(i=>l`<div class="notice warning">
            <ha-icon icon="mdi:cloud-off-outline"></ha-icon
            ><span>${this.text("offline",{edge:i.title})}</span>
          </div>`)}
      ${this.error?l`<div class="notice error">
              <ha-icon icon="mdi:alert-circle-outline"></ha-icon
              ><span>${this.text("failed",{error:this.error})}</span>
              <button class="chip" @click=${this.retry}>${this.text("again")}</button>
            </div>`:p}
    </div>`}renderDay(){if(!this.day)return p;(!this.loading||this.timeline.size)&&(this.kept=this.timeline.list());let e=this.kept,{choice:i,labels:s,names:r,places:a}=this,o=[...r].filter(([d])=>!i.cameras.length||i.cameras.includes(d)).map(([d,m])=>{let h=this.tallies.get(d);return{place:d,name:m,tally:new Map(s.flatMap(g=>Hi(h,g)))}});return l`
      <tinyact-day-picker
        .hass=${this.hass}
        .day=${this.day}
        @chosen=${d=>this.go(d.detail)}
      ></tinyact-day-picker>
      ${a.size?l`<tinyact-filters
              .hass=${this.hass}
              .choice=${i}
              .cameras=${[...a].map(([d,{state:m}])=>({place:d,state:m,name:r.get(d)}))}
              .labels=${s}
              .tally=${Fe(o.map(d=>d.tally))}
              @chosen=${d=>this.choose(d.detail)}
            ></tinyact-filters>`:p}
      <tinyact-strip
        .hass=${this.hass}
        .actions=${e}
        .span=${this.span}
        .horizon=${this.timeline.horizon}
        .lanes=${o}
        .choice=${i}
        @opened=${d=>this.opened=d.detail}
        @chosen=${d=>this.choose(d.detail)}
      ></tinyact-strip>
      <tinyact-list
        .hass=${this.hass}
        .actions=${e}
        .names=${r}
        aria-busy=${this.loading?"true":"false"}
        @chosen=${d=>this.opened=d.detail}
        >${this.renderEnd(e.length)}</tinyact-list
      >
    `}renderEnd(e){return this.loading?l`<p class="empty quiet">${this.text("loading")}</p>`:this.timeline.complete?e||this.error||!this.edges?.some(i=>i.available)?p:this.places.size?this.choice.cameras.length||this.choice.labels.length?l`<p class="empty quiet">
        ${this.text("nothing_filter")}<br /><button class="chip" @click=${()=>this.choose(ee)}>
          ${this.text("show_all")}
        </button>
      </p>`:l`<p class="empty quiet">
      ${this.text(this.day===this.today?"nothing_yet":"nothing_day")}
    </p>`:l`<p class="empty quiet">${this.text("no_cameras")}</p>`:l`<p class="empty">
        <button class="action" @click=${()=>this.more()}>${this.text("load_more")}</button>
      </p>`}renderDialogs(){let{opened:e}=this;return l`
      ${e?l`<tinyact-action-dialog
              .hass=${this.hass}
              .action=${e}
              .cameraName=${this.nameOf(e)}
              .edge=${this.edges?.find(i=>i.entry_id===e.entry_id)}
              .earlier=${this.timeline.before(e)}
              .later=${this.timeline.after(e)}
              @chosen=${i=>this.opened=i.detail}
              @changed=${i=>this.takeAction(i.detail,!1)}
              @learn=${()=>{this.learning=e.entry_id,this.opened=void 0}}
              @closed=${this.close}
            ></tinyact-action-dialog>`:p}
      ${this.learning?l`<tinyact-learn-dialog
              .hass=${this.hass}
              .edges=${this.edges}
              .entryId=${this.learning}
              @closed=${()=>this.learning=void 0}
            ></tinyact-learn-dialog>`:p}
    `}static{this.styles=[k,_`
      :host {
        display: block;
        height: 100%;
      }
      ha-card {
        position: relative;
        display: flex;
        flex-direction: column;
        height: 100%;
        overflow: hidden;
        container-type: inline-size;
      }
      .head {
        display: flex;
        align-items: center;
        padding: 12px 8px 0 16px;
      }
      h2 {
        flex: 1;
        margin: 0;
        font-size: 20px;
        font-weight: 500;
      }
      .troubles {
        display: grid;
        gap: 8px;
        padding: 0 16px;
      }
      .troubles > :first-child {
        margin-top: 8px;
      }
      tinyact-strip {
        margin: 8px 16px;
      }
      tinyact-list {
        flex: 1;
        min-height: 120px;
        max-height: var(--tinyact-list-height, 560px);
      }
      .empty {
        margin: 0;
        padding: 24px 16px;
        text-align: center;
      }
      .empty .chip {
        margin-top: 8px;
      }
    `]}};u([b({attribute:!1})],E.prototype,"hass",2),u([v()],E.prototype,"config",2),u([v()],E.prototype,"edges",2),u([v()],E.prototype,"error",2),u([v()],E.prototype,"loading",2),u([v()],E.prototype,"day",2),u([v()],E.prototype,"chosen",2),u([v()],E.prototype,"tallies",2),u([v()],E.prototype,"opened",2),u([v()],E.prototype,"learning",2),u([v()],E.prototype,"said",2),u([X("tinyact-list")],E.prototype,"listElement",2);var Hi=(n,t)=>{let e=n?.get(t);return e?[[t,e]]:[]},Qt=(n,t)=>{let e=M(n,"");return t.filter(i=>i.startsWith(e)).map(i=>i.slice(e.length))},Ye=()=>document.querySelector("home-assistant")?.hass,Oi=(n,t)=>{let e=n.entities[t];return e?.platform!=="tinyact"||!e.device_id?null:{config:{type:`custom:${ge}`,cameras:[e.device_id]}}};customElements.get(ge)||(customElements.define(ge,E),(window.customCards??=[]).push({type:ge,name:O(Ye(),"card_name"),description:O(Ye(),"card_description"),preview:!0,documentationURL:"https://github.com/tinyact/tinyact/blob/main/docs/card.md",getEntitySuggestion:Oi}));})();
/*! Bundled license information:

@lit/reactive-element/css-tag.js:
  (**
   * @license
   * Copyright 2019 Google LLC
   * SPDX-License-Identifier: BSD-3-Clause
   *)

@lit/reactive-element/reactive-element.js:
lit-html/lit-html.js:
lit-element/lit-element.js:
@lit/reactive-element/decorators/custom-element.js:
@lit/reactive-element/decorators/property.js:
@lit/reactive-element/decorators/state.js:
@lit/reactive-element/decorators/event-options.js:
@lit/reactive-element/decorators/base.js:
@lit/reactive-element/decorators/query.js:
@lit/reactive-element/decorators/query-all.js:
@lit/reactive-element/decorators/query-async.js:
@lit/reactive-element/decorators/query-assigned-nodes.js:
lit-html/directive.js:
lit-html/directives/repeat.js:
  (**
   * @license
   * Copyright 2017 Google LLC
   * SPDX-License-Identifier: BSD-3-Clause
   *)

lit-html/is-server.js:
  (**
   * @license
   * Copyright 2022 Google LLC
   * SPDX-License-Identifier: BSD-3-Clause
   *)

@lit/reactive-element/decorators/query-assigned-elements.js:
  (**
   * @license
   * Copyright 2021 Google LLC
   * SPDX-License-Identifier: BSD-3-Clause
   *)

lit-html/directives/class-map.js:
  (**
   * @license
   * Copyright 2018 Google LLC
   * SPDX-License-Identifier: BSD-3-Clause
   *)

lit-html/directive-helpers.js:
  (**
   * @license
   * Copyright 2020 Google LLC
   * SPDX-License-Identifier: BSD-3-Clause
   *)
*/
})
