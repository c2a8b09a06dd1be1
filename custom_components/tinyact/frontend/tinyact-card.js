customElements.whenDefined('home-assistant').then(()=>{
"use strict";(()=>{var $s=Object.defineProperty;var ws=Object.getOwnPropertyDescriptor;var p=(n,t,e,s)=>{for(var i=s>1?void 0:s?ws(t,e):t,r=n.length-1,a;r>=0;r--)(a=n[r])&&(i=(s?a(t,e,i):a(i))||i);return s&&i&&$s(t,e,i),i};var xe=globalThis,$e=xe.ShadowRoot&&(xe.ShadyCSS===void 0||xe.ShadyCSS.nativeShadow)&&"adoptedStyleSheets"in Document.prototype&&"replace"in CSSStyleSheet.prototype,Ze=Symbol(),mt=new WeakMap,de=class{constructor(t,e,s){if(this._$cssResult$=!0,s!==Ze)throw Error("CSSResult is not constructable. Use `unsafeCSS` or `css` instead.");this.cssText=t,this.t=e}get styleSheet(){let t=this.o,e=this.t;if($e&&t===void 0){let s=e!==void 0&&e.length===1;s&&(t=mt.get(e)),t===void 0&&((this.o=t=new CSSStyleSheet).replaceSync(this.cssText),s&&mt.set(e,t))}return t}toString(){return this.cssText}},gt=n=>new de(typeof n=="string"?n:n+"",void 0,Ze),_=(n,...t)=>{let e=n.length===1?n[0]:t.reduce((s,i,r)=>s+(a=>{if(a._$cssResult$===!0)return a.cssText;if(typeof a=="number")return a;throw Error("Value passed to 'css' function must be a 'css' function result: "+a+". Use 'unsafeCSS' to pass non-literal values, but take care to ensure page security.")})(i)+n[r+1],n[0]);return new de(e,n,Ze)},ft=(n,t)=>{if($e)n.adoptedStyleSheets=t.map(e=>e instanceof CSSStyleSheet?e:e.styleSheet);else for(let e of t){let s=document.createElement("style"),i=xe.litNonce;i!==void 0&&s.setAttribute("nonce",i),s.textContent=e.cssText,n.appendChild(s)}},Ke=$e?n=>n:n=>n instanceof CSSStyleSheet?(t=>{let e="";for(let s of t.cssRules)e+=s.cssText;return gt(e)})(n):n;var{is:ks,defineProperty:As,getOwnPropertyDescriptor:Es,getOwnPropertyNames:zs,getOwnPropertySymbols:Ss,getPrototypeOf:Ts}=Object,we=globalThis,bt=we.trustedTypes,Cs=bt?bt.emptyScript:"",Ms=we.reactiveElementPolyfillSupport,he=(n,t)=>n,pe={toAttribute(n,t){switch(t){case Boolean:n=n?Cs:null;break;case Object:case Array:n=n==null?n:JSON.stringify(n)}return n},fromAttribute(n,t){let e=n;switch(t){case Boolean:e=n!==null;break;case Number:e=n===null?null:Number(n);break;case Object:case Array:try{e=JSON.parse(n)}catch{e=null}}return e}},ke=(n,t)=>!ks(n,t),vt={attribute:!0,type:String,converter:pe,reflect:!1,useDefault:!1,hasChanged:ke};Symbol.metadata??=Symbol("metadata"),we.litPropertyMetadata??=new WeakMap;var j=class extends HTMLElement{static addInitializer(t){this._$Ei(),(this.l??=[]).push(t)}static get observedAttributes(){return this.finalize(),this._$Eh&&[...this._$Eh.keys()]}static createProperty(t,e=vt){if(e.state&&(e.attribute=!1),this._$Ei(),this.prototype.hasOwnProperty(t)&&((e=Object.create(e)).wrapped=!0),this.elementProperties.set(t,e),!e.noAccessor){let s=Symbol(),i=this.getPropertyDescriptor(t,s,e);i!==void 0&&As(this.prototype,t,i)}}static getPropertyDescriptor(t,e,s){let{get:i,set:r}=Es(this.prototype,t)??{get(){return this[e]},set(a){this[e]=a}};return{get:i,set(a){let c=i?.call(this);r?.call(this,a),this.requestUpdate(t,c,s)},configurable:!0,enumerable:!0}}static getPropertyOptions(t){return this.elementProperties.get(t)??vt}static _$Ei(){if(this.hasOwnProperty(he("elementProperties")))return;let t=Ts(this);t.finalize(),t.l!==void 0&&(this.l=[...t.l]),this.elementProperties=new Map(t.elementProperties)}static finalize(){if(this.hasOwnProperty(he("finalized")))return;if(this.finalized=!0,this._$Ei(),this.hasOwnProperty(he("properties"))){let e=this.properties,s=[...zs(e),...Ss(e)];for(let i of s)this.createProperty(i,e[i])}let t=this[Symbol.metadata];if(t!==null){let e=litPropertyMetadata.get(t);if(e!==void 0)for(let[s,i]of e)this.elementProperties.set(s,i)}this._$Eh=new Map;for(let[e,s]of this.elementProperties){let i=this._$Eu(e,s);i!==void 0&&this._$Eh.set(i,e)}this.elementStyles=this.finalizeStyles(this.styles)}static finalizeStyles(t){let e=[];if(Array.isArray(t)){let s=new Set(t.flat(1/0).reverse());for(let i of s)e.unshift(Ke(i))}else t!==void 0&&e.push(Ke(t));return e}static _$Eu(t,e){let s=e.attribute;return s===!1?void 0:typeof s=="string"?s:typeof t=="string"?t.toLowerCase():void 0}constructor(){super(),this._$Ep=void 0,this.isUpdatePending=!1,this.hasUpdated=!1,this._$Em=null,this._$Ev()}_$Ev(){this._$ES=new Promise(t=>this.enableUpdating=t),this._$AL=new Map,this._$E_(),this.requestUpdate(),this.constructor.l?.forEach(t=>t(this))}addController(t){(this._$EO??=new Set).add(t),this.renderRoot!==void 0&&this.isConnected&&t.hostConnected?.()}removeController(t){this._$EO?.delete(t)}_$E_(){let t=new Map,e=this.constructor.elementProperties;for(let s of e.keys())this.hasOwnProperty(s)&&(t.set(s,this[s]),delete this[s]);t.size>0&&(this._$Ep=t)}createRenderRoot(){let t=this.shadowRoot??this.attachShadow(this.constructor.shadowRootOptions);return ft(t,this.constructor.elementStyles),t}connectedCallback(){this.renderRoot??=this.createRenderRoot(),this.enableUpdating(!0),this._$EO?.forEach(t=>t.hostConnected?.())}enableUpdating(t){}disconnectedCallback(){this._$EO?.forEach(t=>t.hostDisconnected?.())}attributeChangedCallback(t,e,s){this._$AK(t,s)}_$ET(t,e){let s=this.constructor.elementProperties.get(t),i=this.constructor._$Eu(t,s);if(i!==void 0&&s.reflect===!0){let r=(s.converter?.toAttribute!==void 0?s.converter:pe).toAttribute(e,s.type);this._$Em=t,r==null?this.removeAttribute(i):this.setAttribute(i,r),this._$Em=null}}_$AK(t,e){let s=this.constructor,i=s._$Eh.get(t);if(i!==void 0&&this._$Em!==i){let r=s.getPropertyOptions(i),a=typeof r.converter=="function"?{fromAttribute:r.converter}:r.converter?.fromAttribute!==void 0?r.converter:pe;this._$Em=i;let c=a.fromAttribute(e,r.type);this[i]=c??this._$Ej?.get(i)??c,this._$Em=null}}requestUpdate(t,e,s,i=!1,r){if(t!==void 0){let a=this.constructor;if(i===!1&&(r=this[t]),s??=a.getPropertyOptions(t),!((s.hasChanged??ke)(r,e)||s.useDefault&&s.reflect&&r===this._$Ej?.get(t)&&!this.hasAttribute(a._$Eu(t,s))))return;this.C(t,e,s)}this.isUpdatePending===!1&&(this._$ES=this._$EP())}C(t,e,{useDefault:s,reflect:i,wrapped:r},a){s&&!(this._$Ej??=new Map).has(t)&&(this._$Ej.set(t,a??e??this[t]),r!==!0||a!==void 0)||(this._$AL.has(t)||(this.hasUpdated||s||(e=void 0),this._$AL.set(t,e)),i===!0&&this._$Em!==t&&(this._$Eq??=new Set).add(t))}async _$EP(){this.isUpdatePending=!0;try{await this._$ES}catch(e){Promise.reject(e)}let t=this.scheduleUpdate();return t!=null&&await t,!this.isUpdatePending}scheduleUpdate(){return this.performUpdate()}performUpdate(){if(!this.isUpdatePending)return;if(!this.hasUpdated){if(this.renderRoot??=this.createRenderRoot(),this._$Ep){for(let[i,r]of this._$Ep)this[i]=r;this._$Ep=void 0}let s=this.constructor.elementProperties;if(s.size>0)for(let[i,r]of s){let{wrapped:a}=r,c=this[i];a!==!0||this._$AL.has(i)||c===void 0||this.C(i,void 0,r,c)}}let t=!1,e=this._$AL;try{t=this.shouldUpdate(e),t?(this.willUpdate(e),this._$EO?.forEach(s=>s.hostUpdate?.()),this.update(e)):this._$EM()}catch(s){throw t=!1,this._$EM(),s}t&&this._$AE(e)}willUpdate(t){}_$AE(t){this._$EO?.forEach(e=>e.hostUpdated?.()),this.hasUpdated||(this.hasUpdated=!0,this.firstUpdated(t)),this.updated(t)}_$EM(){this._$AL=new Map,this.isUpdatePending=!1}get updateComplete(){return this.getUpdateComplete()}getUpdateComplete(){return this._$ES}shouldUpdate(t){return!0}update(t){this._$Eq&&=this._$Eq.forEach(e=>this._$ET(e,this[e])),this._$EM()}updated(t){}firstUpdated(t){}};j.elementStyles=[],j.shadowRootOptions={mode:"open"},j[he("elementProperties")]=new Map,j[he("finalized")]=new Map,Ms?.({ReactiveElement:j}),(we.reactiveElementVersions??=[]).push("2.1.2");var Ge=globalThis,yt=n=>n,Ae=Ge.trustedTypes,_t=Ae?Ae.createPolicy("lit-html",{createHTML:n=>n}):void 0,Ye="$lit$",N=`lit$${Math.random().toFixed(9).slice(2)}$`,Je="?"+N,Os=`<${Je}>`,Z=document,me=()=>Z.createComment(""),ge=n=>n===null||typeof n!="object"&&typeof n!="function",Qe=Array.isArray,Et=n=>Qe(n)||typeof n?.[Symbol.iterator]=="function",Fe=`[ 	
\f\r]`,ue=/<(?:(!--|\/[^a-zA-Z])|(\/?[a-zA-Z][^>\s]*)|(\/?$))/g,xt=/-->/g,$t=/>/g,B=RegExp(`>|${Fe}(?:([^\\s"'>=/]+)(${Fe}*=${Fe}*(?:[^ 	
\f\r"'\`<>=]|("|')|))|$)`,"g"),wt=/'/g,kt=/"/g,zt=/^(?:script|style|textarea|title)$/i,Xe=n=>(t,...e)=>({_$litType$:n,strings:t,values:e}),l=Xe(1),St=Xe(2),hi=Xe(3),P=Symbol.for("lit-noChange"),h=Symbol.for("lit-nothing"),At=new WeakMap,W=Z.createTreeWalker(Z,129);function Tt(n,t){if(!Qe(n)||!n.hasOwnProperty("raw"))throw Error("invalid template strings array");return _t!==void 0?_t.createHTML(t):t}var Ct=(n,t)=>{let e=n.length-1,s=[],i,r=t===2?"<svg>":t===3?"<math>":"",a=ue;for(let c=0;c<e;c++){let o=n[c],d,m,u=-1,g=0;for(;g<o.length&&(a.lastIndex=g,m=a.exec(o),m!==null);)g=a.lastIndex,a===ue?m[1]==="!--"?a=xt:m[1]!==void 0?a=$t:m[2]!==void 0?(zt.test(m[2])&&(i=RegExp("</"+m[2],"g")),a=B):m[3]!==void 0&&(a=B):a===B?m[0]===">"?(a=i??ue,u=-1):m[1]===void 0?u=-2:(u=a.lastIndex-m[2].length,d=m[1],a=m[3]===void 0?B:m[3]==='"'?kt:wt):a===kt||a===wt?a=B:a===xt||a===$t?a=ue:(a=B,i=void 0);let b=a===B&&n[c+1].startsWith("/>")?" ":"";r+=a===ue?o+Os:u>=0?(s.push(d),o.slice(0,u)+Ye+o.slice(u)+N+b):o+N+(u===-2?c:b)}return[Tt(n,r+(n[e]||"<?>")+(t===2?"</svg>":t===3?"</math>":"")),s]},fe=class n{constructor({strings:t,_$litType$:e},s){let i;this.parts=[];let r=0,a=0,c=t.length-1,o=this.parts,[d,m]=Ct(t,e);if(this.el=n.createElement(d,s),W.currentNode=this.el.content,e===2||e===3){let u=this.el.content.firstChild;u.replaceWith(...u.childNodes)}for(;(i=W.nextNode())!==null&&o.length<c;){if(i.nodeType===1){if(i.hasAttributes())for(let u of i.getAttributeNames())if(u.endsWith(Ye)){let g=m[a++],b=i.getAttribute(u).split(N),$=/([.?@])?(.*)/.exec(g);o.push({type:1,index:r,name:$[2],strings:b,ctor:$[1]==="."?ze:$[1]==="?"?Se:$[1]==="@"?Te:F}),i.removeAttribute(u)}else u.startsWith(N)&&(o.push({type:6,index:r}),i.removeAttribute(u));if(zt.test(i.tagName)){let u=i.textContent.split(N),g=u.length-1;if(g>0){i.textContent=Ae?Ae.emptyScript:"";for(let b=0;b<g;b++)i.append(u[b],me()),W.nextNode(),o.push({type:2,index:++r});i.append(u[g],me())}}}else if(i.nodeType===8)if(i.data===Je)o.push({type:2,index:r});else{let u=-1;for(;(u=i.data.indexOf(N,u+1))!==-1;)o.push({type:7,index:r}),u+=N.length-1}r++}}static createElement(t,e){let s=Z.createElement("template");return s.innerHTML=t,s}};function K(n,t,e=n,s){if(t===P)return t;let i=s!==void 0?e._$Co?.[s]:e._$Cl,r=ge(t)?void 0:t._$litDirective$;return i?.constructor!==r&&(i?._$AO?.(!1),r===void 0?i=void 0:(i=new r(n),i._$AT(n,e,s)),s!==void 0?(e._$Co??=[])[s]=i:e._$Cl=i),i!==void 0&&(t=K(n,i._$AS(n,t.values),i,s)),t}var Ee=class{constructor(t,e){this._$AV=[],this._$AN=void 0,this._$AD=t,this._$AM=e}get parentNode(){return this._$AM.parentNode}get _$AU(){return this._$AM._$AU}u(t){let{el:{content:e},parts:s}=this._$AD,i=(t?.creationScope??Z).importNode(e,!0);W.currentNode=i;let r=W.nextNode(),a=0,c=0,o=s[0];for(;o!==void 0;){if(a===o.index){let d;o.type===2?d=new se(r,r.nextSibling,this,t):o.type===1?d=new o.ctor(r,o.name,o.strings,this,t):o.type===6&&(d=new Ce(r,this,t)),this._$AV.push(d),o=s[++c]}a!==o?.index&&(r=W.nextNode(),a++)}return W.currentNode=Z,i}p(t){let e=0;for(let s of this._$AV)s!==void 0&&(s.strings!==void 0?(s._$AI(t,s,e),e+=s.strings.length-2):s._$AI(t[e])),e++}},se=class n{get _$AU(){return this._$AM?._$AU??this._$Cv}constructor(t,e,s,i){this.type=2,this._$AH=h,this._$AN=void 0,this._$AA=t,this._$AB=e,this._$AM=s,this.options=i,this._$Cv=i?.isConnected??!0}get parentNode(){let t=this._$AA.parentNode,e=this._$AM;return e!==void 0&&t?.nodeType===11&&(t=e.parentNode),t}get startNode(){return this._$AA}get endNode(){return this._$AB}_$AI(t,e=this){t=K(this,t,e),ge(t)?t===h||t==null||t===""?(this._$AH!==h&&this._$AR(),this._$AH=h):t!==this._$AH&&t!==P&&this._(t):t._$litType$!==void 0?this.$(t):t.nodeType!==void 0?this.T(t):Et(t)?this.k(t):this._(t)}O(t){return this._$AA.parentNode.insertBefore(t,this._$AB)}T(t){this._$AH!==t&&(this._$AR(),this._$AH=this.O(t))}_(t){this._$AH!==h&&ge(this._$AH)?this._$AA.nextSibling.data=t:this.T(Z.createTextNode(t)),this._$AH=t}$(t){let{values:e,_$litType$:s}=t,i=typeof s=="number"?this._$AC(t):(s.el===void 0&&(s.el=fe.createElement(Tt(s.h,s.h[0]),this.options)),s);if(this._$AH?._$AD===i)this._$AH.p(e);else{let r=new Ee(i,this),a=r.u(this.options);r.p(e),this.T(a),this._$AH=r}}_$AC(t){let e=At.get(t.strings);return e===void 0&&At.set(t.strings,e=new fe(t)),e}k(t){Qe(this._$AH)||(this._$AH=[],this._$AR());let e=this._$AH,s,i=0;for(let r of t)i===e.length?e.push(s=new n(this.O(me()),this.O(me()),this,this.options)):s=e[i],s._$AI(r),i++;i<e.length&&(this._$AR(s&&s._$AB.nextSibling,i),e.length=i)}_$AR(t=this._$AA.nextSibling,e){for(this._$AP?.(!1,!0,e);t!==this._$AB;){let s=yt(t).nextSibling;yt(t).remove(),t=s}}setConnected(t){this._$AM===void 0&&(this._$Cv=t,this._$AP?.(t))}},F=class{get tagName(){return this.element.tagName}get _$AU(){return this._$AM._$AU}constructor(t,e,s,i,r){this.type=1,this._$AH=h,this._$AN=void 0,this.element=t,this.name=e,this._$AM=i,this.options=r,s.length>2||s[0]!==""||s[1]!==""?(this._$AH=Array(s.length-1).fill(new String),this.strings=s):this._$AH=h}_$AI(t,e=this,s,i){let r=this.strings,a=!1;if(r===void 0)t=K(this,t,e,0),a=!ge(t)||t!==this._$AH&&t!==P,a&&(this._$AH=t);else{let c=t,o,d;for(t=r[0],o=0;o<r.length-1;o++)d=K(this,c[s+o],e,o),d===P&&(d=this._$AH[o]),a||=!ge(d)||d!==this._$AH[o],d===h?t=h:t!==h&&(t+=(d??"")+r[o+1]),this._$AH[o]=d}a&&!i&&this.j(t)}j(t){t===h?this.element.removeAttribute(this.name):this.element.setAttribute(this.name,t??"")}},ze=class extends F{constructor(){super(...arguments),this.type=3}j(t){this.element[this.name]=t===h?void 0:t}},Se=class extends F{constructor(){super(...arguments),this.type=4}j(t){this.element.toggleAttribute(this.name,!!t&&t!==h)}},Te=class extends F{constructor(t,e,s,i,r){super(t,e,s,i,r),this.type=5}_$AI(t,e=this){if((t=K(this,t,e,0)??h)===P)return;let s=this._$AH,i=t===h&&s!==h||t.capture!==s.capture||t.once!==s.once||t.passive!==s.passive,r=t!==h&&(s===h||i);i&&this.element.removeEventListener(this.name,this,s),r&&this.element.addEventListener(this.name,this,t),this._$AH=t}handleEvent(t){typeof this._$AH=="function"?this._$AH.call(this.options?.host??this.element,t):this._$AH.handleEvent(t)}},Ce=class{constructor(t,e,s){this.element=t,this.type=6,this._$AN=void 0,this._$AM=e,this.options=s}get _$AU(){return this._$AM._$AU}_$AI(t){K(this,t)}},Mt={M:Ye,P:N,A:Je,C:1,L:Ct,R:Ee,D:Et,V:K,I:se,H:F,N:Se,U:Te,B:ze,F:Ce},Ps=Ge.litHtmlPolyfillSupport;Ps?.(fe,se),(Ge.litHtmlVersions??=[]).push("3.3.3");var Ot=(n,t,e)=>{let s=e?.renderBefore??t,i=s._$litPart$;if(i===void 0){let r=e?.renderBefore??null;s._$litPart$=i=new se(t.insertBefore(me(),r),r,void 0,e??{})}return i._$AI(n),i};var et=globalThis,q=class extends j{constructor(){super(...arguments),this.renderOptions={host:this},this._$Do=void 0}createRenderRoot(){let t=super.createRenderRoot();return this.renderOptions.renderBefore??=t.firstChild,t}update(t){let e=this.render();this.hasUpdated||(this.renderOptions.isConnected=this.isConnected),super.update(t),this._$Do=Ot(e,this.renderRoot,this.renderOptions)}connectedCallback(){super.connectedCallback(),this._$Do?.setConnected(!0)}disconnectedCallback(){super.disconnectedCallback(),this._$Do?.setConnected(!1)}render(){return P}};q._$litElement$=!0,q.finalized=!0,et.litElementHydrateSupport?.({LitElement:q});var Hs=et.litElementPolyfillSupport;Hs?.({LitElement:q});(et.litElementVersions??=[]).push("4.2.2");var Rs={attribute:!0,type:String,converter:pe,reflect:!1,hasChanged:ke},qs=(n=Rs,t,e)=>{let{kind:s,metadata:i}=e,r=globalThis.litPropertyMetadata.get(i);if(r===void 0&&globalThis.litPropertyMetadata.set(i,r=new Map),s==="setter"&&((n=Object.create(n)).wrapped=!0),r.set(e.name,n),s==="accessor"){let{name:a}=e;return{set(c){let o=t.get.call(this);t.set.call(this,c),this.requestUpdate(a,o,n,!0,c)},init(c){return c!==void 0&&this.C(a,void 0,n,c),c}}}if(s==="setter"){let{name:a}=e;return function(c){let o=this[a];t.call(this,c),this.requestUpdate(a,o,n,!0,c)}}throw Error("Unsupported decorator location: "+s)};function v(n){return(t,e)=>typeof e=="object"?qs(n,t,e):((s,i,r)=>{let a=i.hasOwnProperty(r);return i.constructor.createProperty(r,s),a?Object.getOwnPropertyDescriptor(i,r):void 0})(n,t,e)}function f(n){return v({...n,state:!0,attribute:!1})}var G=(n,t,e)=>(e.configurable=!0,e.enumerable=!0,Reflect.decorate&&typeof t!="object"&&Object.defineProperty(n,t,e),e);function ie(n,t){return(e,s,i)=>{let r=a=>a.renderRoot?.querySelector(n)??null;if(t){let{get:a,set:c}=typeof s=="object"?e:i??(()=>{let o=Symbol();return{get(){return this[o]},set(d){this[o]=d}}})();return G(e,s,{get(){let o=a.call(this);return o===void 0&&(o=r(this),(o!==null||this.hasUpdated)&&c.call(this,o)),o}})}return G(e,s,{get(){return r(this)}})}}var Pt=(n,t)=>n.connection.subscribeMessage(t,{type:"tinyact/subscribe"},{resubscribe:!1}),Ht=(n,t,e)=>n.callWS({type:"tinyact/actions",entry_id:t,...e}),Rt=async(n,t,e)=>(await n.callWS({type:"tinyact/totals",entry_id:t,...e})).totals,qt=(n,t,e)=>n.callWS({type:"tinyact/zones",entry_id:t,camera:e}),Lt=(n,t,e,s)=>n.callWS({type:"tinyact/set_zones",entry_id:t,camera:e,zones:s}),tt=n=>({entry_id:n.entry_id,action_id:n.id}),Dt=(n,t,e)=>n.callWS({type:"tinyact/correct",...tt(t),correction:e}),jt=(n,t)=>n.callWS({type:"tinyact/uncorrect",...tt(t)}),Nt=(n,t)=>n.callWS({type:"tinyact/delete_action",...tt(t)}),Ut=(n,t,e,s,i)=>n.callWS({type:"tinyact/teach",entry_id:t,camera:e,label:s,seconds:i}),It=(n,t,e)=>n.callWS({type:"tinyact/unteach",entry_id:t,camera:e.camera,lesson_id:e.id}),Vt=(n,t)=>n.callWS({type:"tinyact/fit",entry_id:t}),Bt=(n,t,e)=>n.callWS({type:"tinyact/job",entry_id:t,job_id:e}),Wt=async(n,t)=>(await n.callWS({type:"tinyact/heads",entry_id:t})).heads,Zt=(n,t,e)=>n.callWS({type:"tinyact/activate",entry_id:t,version:e});var w=n=>`${n.entry_id}/${n.id}`,L=(n,t)=>`${n}/${t}`,ne=n=>{let[t="",...e]=n.split("/");return[t,e.join("/")]},Me=n=>Date.parse(n.started_at),st=(n,t)=>Me(t)-Me(n)||t.id-n.id,be=class{constructor(){this.actions=new Map;this.next=new Map;this.reach=new Map}add(t,e){for(let i of e.actions)this.actions.has(w(i))||this.put(i);this.next.set(t,e.next);let s=e.actions.at(-1);s&&this.reach.set(t,Me(s))}put(t){let e=this.actions.get(w(t)),s=t.snapshot&&(e?.snapshot??t.snapshot);this.actions.set(w(t),{...t,snapshot:s})}remove(t){this.actions.delete(t)}get size(){return this.actions.size}get complete(){return[...this.next.values()].every(t=>t===null)}get horizon(){let t=[...this.next].flatMap(([e,s])=>s===null?[]:[this.reach.get(e)??1/0]);return t.length?Math.max(...t):void 0}list(){let t=this.horizon??-1/0;return[...this.actions.values()].filter(e=>Me(e)>=t).sort(st)}before(t){return this.list().find(e=>st(t,e)<0)}after(t){return this.list().findLast(e=>st(t,e)>0)}};var Kt=(n,t)=>new Map(n.flatMap(e=>e.cameras.filter(s=>!t.length||t.includes(s.device_id??"")).map(s=>[L(e.entry_id,s.id),s]))),it=(n,t)=>t?.map(ne).flatMap(([e,s])=>e===n?[s]:[]),Ft=(n,t,e)=>{let s=[...e].map(([i,r])=>({place:i,name:nt(n,r)}));return new Map(s.map(({place:i,name:r})=>{let a=s.filter(o=>o.name===r).length>1,c=t.find(o=>o.entry_id===ne(i)[0]);return[i,a&&c?`${r} (${c.title})`:r]}))},nt=(n,t)=>{let e=t.device_id?n.devices[t.device_id]:void 0;return e?.name_by_user??e?.name??t.name};var re={cameras:[],labels:[]},Yt=(n,t)=>n.includes(t)?n.filter(e=>e!==t):[...n,t],Gt=n=>Array.isArray(n)&&n.every(t=>typeof t=="string"),Jt=n=>{try{let t=JSON.parse(localStorage.getItem(n)??"");if(Gt(t.cameras)&&Gt(t.labels))return t}catch{}return re},Qt=(n,t)=>{try{t.cameras.length||t.labels.length?localStorage.setItem(n,JSON.stringify(t)):localStorage.removeItem(n)}catch{}},rt=n=>{let t=new Map;for(let[e,{count:s,seconds:i}]of n.flatMap(r=>[...r])){let r=t.get(e)??{count:0,seconds:0};t.set(e,{count:r.count+s,seconds:r.seconds+i})}return t};var Ls=new Set(["none","unknown"]),at={fall:{icon:"mdi:seat-flat",color:"red"},fight:{icon:"mdi:karate",color:"deep-orange"},jump:{icon:"mdi:human-handsup",color:"purple"},run:{icon:"mdi:run-fast",color:"amber"},sit:{icon:"mdi:seat",color:"blue"},stand:{icon:"mdi:human",color:"teal"},walk:{icon:"mdi:walk",color:"green"}},es=Object.keys(at),Xt=["pink","indigo","cyan","brown","lime","deep-purple"],U=n=>at[n]?.icon??"mdi:motion-sensor",H=n=>{let t=[...n].reduce((e,s)=>e+s.codePointAt(0),0);return`var(--${at[n]?.color??Xt[t%Xt.length]}-color)`},y=(n,t)=>n.localize(`component.tinyact.entity.sensor.action.state.${t}`)||t,ae=n=>n.filter(t=>!Ls.has(t));var ts={title:"Aktionen",today:"Heute",yesterday:"Gestern",previous_day:"Der Tag davor",next_day:"Der Tag danach",choose_day:"Tag wählen",cameras:"Kameras",actions:"Aktionen",all:"Alle",loading:"Wird geladen …",load_more:"Mehr laden",nothing_day:"An diesem Tag wurde nichts gesehen.",nothing_yet:"Heute wurde noch nichts gesehen.",nothing_filter:"Nichts von dem, was du gewählt hast, wurde an diesem Tag gesehen.",show_all:"Alles zeigen",no_edges:"Kein TinyAct-Edge ist eingerichtet. Füge TinyAct unter Einstellungen → Geräte & Dienste hinzu.",no_cameras:"Keine Kamera ist eingerichtet. Füge TinyAct unter Einstellungen → Geräte & Dienste eine hinzu.",cameras_gone:"Die Kameras dieser Karte gibt es nicht mehr. Wähle andere in ihren Einstellungen.",offline:"{edge} ist nicht erreichbar. Was es inzwischen sieht, erscheint, sobald es wieder da ist.",disconnected:"Die Verbindung zu Home Assistant ist unterbrochen.",failed:"Die Aktionen konnten nicht geladen werden: {error}",failed_short:"Das hat nicht geklappt: {error}",again:"Erneut versuchen",camera_paused:"pausiert",camera_unavailable:"kein Bild",now:"jetzt",seen:"{label}, {camera}, {time}",corrected:"korrigiert",hour_count:"{count} in dieser Stunde",learn:"Lernen",close:"Schließen",earlier:"Frühere Aktion",later:"Spätere Aktion",picture:"{label} vor {camera}",no_picture:"Kein Bild wurde aufbewahrt.",play:"Clip abspielen",still:"Bild zeigen",clip_failed:"Der Clip lässt sich nicht abspielen.",began:"Beginn",lasted:"Dauer",goes_on:"dauert an",interrupted:"{duration}, unterbrochen",confidence:"Sicherheit",camera:"Kamera",was_it:"War das richtig?",right:"Richtig",other:"Das war …",never_here:"Hier nie",never_here_help:"Was so aussieht, ist vor dieser Kamera nie „{label}“: gilt sofort.",what_was_it:"Was war es?",another:"Etwas anderes",another_help:"1 bis 40 Zeichen; ein neuer Name wird als neue Aktion gelernt.",say:"Speichern",not_this:"Nicht „{label}“",back:"Zurück",delete:"Diese Aktion löschen",delete_sure:"Mit ihren Bildern endgültig löschen?",delete_yes:"Löschen",said_right:"Du hast gesagt, dass das richtig ist.",said_label:"Du hast gesagt, dass das „{label}“ war; erkannt wurde „{recognized}“.",said_not:"Du hast gesagt, dass das nicht „{recognized}“ war.",said_never_here:"Du hast gesagt, dass das hier nie „{recognized}“ ist.",state_pending:"Es wartet darauf, dem Klassifikator übergeben zu werden.",state_taught:"Das nächste Lernen berücksichtigt es.",state_refused:"Der Klassifikator nimmt es nicht an: {detail}",refused_full:"Er hat schon so viele Beispiele, wie er behalten kann. Wer ihn betreibt, kann alte löschen.",refused_other_encoder:"Sein Modell ist ein anderes als das des Edge. Bringe beide auf dieselbe Version und korrigiere dies dann noch einmal.",refused_replaced:"Der Edge bekam ein anderes Modell, bevor es gelernt war. Korrigiere es noch einmal.",state_kept:"Es gilt schon.",undo:"Rückgängig",learn_now:"Jetzt lernen",learn_help:"TinyAct lernt aus dem, was du korrigiert hast. Das dauert einige Sekunden, und du kannst zurück.",learn_nowhere:"Zum Lernen braucht der Edge einen Klassifikator-Dienst.",learn_running:"Lernt …",learn_waiting:"Wartet auf den Klassifikator …",learn_done:"Fertig. Was ab jetzt gesehen wird, wird nach dem Gelernten benannt.",learn_table:"Wie viel von jeder Aktion erkannt wird, vorher und nachher",examples:"Beispiele",before:"Vorher",after:"Nachher",unknown:"unbekannt",got_worse:"Schlechter geworden: {labels}",go_back:"Rückgängig: zurück zu „{version}“",went_back:"„{version}“ ist wieder in Gebrauch.",versions:"Versionen",version:"Version {version}",version_own:"Wie geliefert",version_accuracy:"{accuracy} erkannt",version_taught:"kennt {labels}",version_active:"in Gebrauch",version_use:"Verwenden",form_title:"Titel",card_name:"TinyAct-Zeitleiste",card_description:"Was Menschen vor deinen Kameras taten: zurückblicken, korrigieren, lehren.",form_all:"Alle, wenn nichts gewählt ist",missed:"Wurde etwas übersehen?",missed_help:"Sag, was jemand vor einer Kamera gerade tut oder eben getan hat.",missed_last:"Die letzten",missed_label:"Das war",teach:"Lehren",missed_taught:"„{label}“ aus {count} Momenten gelehrt.",remark_one_occasion:"Alle Beispiele für „{label}“ sind von einer Gelegenheit; niemand kann sagen, wie gut es erkannt werden wird. Lehre es auch bei anderen Gelegenheiten.",remark_nothing_else:"Es wurde nichts gelehrt, was nicht „{label}“ ist. Vor derselben Kamera kann vieles dafür gehalten werden: Wähle bei einigen gewöhnlichen Momenten „Nicht ‚{label}‘“.",remark_hard_to_tell:"„{label}“ ist kaum von „{other}“ zu unterscheiden. Lehre mehr davon, oder nimm einen Namen für beides.",remark_left_out:"Von {total} Beispielen wurde aus den letzten {used} gelernt: Mehr nimmt ein Durchgang nicht auf.",not_allowed:"Das darfst du nicht. Frage einen Administrator von Home Assistant.",zones:"Zonen ignorieren",zones_help:"Zeichne über das, was ignoriert werden soll, etwa ein Bett oder einen Fernseher: Wessen Körper darin ist, wird nicht beobachtet.",zones_keys:"Ziehen zeichnet, verschiebt und ändert die Größe. Auf der Tastatur verschieben die Pfeile eine Zone, Umschalt und Pfeile ändern ihre Größe, Entf entfernt sie.",zone_at:"Zone {number}: {left}–{right} von links, {top}–{bottom} von oben",zone_add:"Zone hinzufügen",zone_remove:"Zone {number} entfernen",zones_full:"Es kann höchstens {count} Zonen geben.",zones_saved:"Gespeichert. Es gilt ab jetzt.",zones_unsaved:"Die Zonen sind noch nicht gespeichert.",zones_discard:"Verwerfen"};var Oe={title:"Actions",today:"Today",yesterday:"Yesterday",previous_day:"The day before",next_day:"The day after",choose_day:"Choose a day",cameras:"Cameras",actions:"Actions",all:"All",loading:"Loading…",load_more:"Load more",nothing_day:"Nothing was seen on this day.",nothing_yet:"Nothing was seen today yet.",nothing_filter:"Nothing of what you chose was seen on this day.",show_all:"Show all",no_edges:"No TinyAct edge is set up. Add TinyAct under Settings → Devices & services.",no_cameras:"No camera is set up. Add one to TinyAct under Settings → Devices & services.",cameras_gone:"The cameras of this card are gone. Choose others in its settings.",offline:"{edge} cannot be reached. What it sees meanwhile appears when it is back.",disconnected:"The connection to Home Assistant is lost.",failed:"The actions could not be loaded: {error}",failed_short:"This did not work: {error}",again:"Try again",camera_paused:"paused",camera_unavailable:"no picture",now:"now",seen:"{label}, {camera}, {time}",corrected:"corrected",hour_count:"{count} in this hour",learn:"Learning",close:"Close",earlier:"Earlier action",later:"Later action",picture:"{label} in front of {camera}",no_picture:"No picture was kept.",play:"Play the clip",still:"Show the picture",clip_failed:"The clip cannot be played.",began:"Began",lasted:"Lasted",goes_on:"still going on",interrupted:"{duration}, interrupted",confidence:"Confidence",camera:"Camera",was_it:"Was it right?",right:"Yes, correct",other:"This was …",never_here:"Never here",never_here_help:"Whatever looks like this is never taken for “{label}” in front of this camera again, from now on.",what_was_it:"What was it?",another:"Something else",another_help:"1 to 40 characters; a new name is learnt as a new action.",say:"Save",not_this:"Not “{label}”",back:"Back",delete:"Erase this action",delete_sure:"Erase it with its pictures, for good?",delete_yes:"Erase",said_right:"You said that this is right.",said_label:"You said that this was “{label}”; it was taken for “{recognized}”.",said_not:"You said that this was not “{recognized}”.",said_never_here:"You said that this is never “{recognized}” here.",state_pending:"It is waiting for the classifier.",state_taught:"The next “Learn now” learns from it.",state_refused:"The classifier cannot learn from it: {detail}",refused_full:"It already has as many examples as it can keep. Whoever runs it can erase old ones.",refused_other_encoder:"Its model is another than that of the edge. Update both to the same version, then correct this once more.",refused_replaced:"The edge got another model before it was learnt. Correct it once more.",state_kept:"It counts already.",undo:"Undo",learn_now:"Learn now",learn_help:"TinyAct learns from what you corrected. It takes a few seconds, and you can undo it.",learn_nowhere:"To learn, the edge needs a classifier service.",learn_running:"Learning …",learn_waiting:"Waiting for the classifier …",learn_done:"Done. From now on TinyAct uses what it has learnt.",learn_table:"How much of each action is recognised, before and after",examples:"Examples",before:"Before",after:"After",unknown:"not known",got_worse:"Got worse: {labels}",go_back:"Undo: back to “{version}”",went_back:"“{version}” is in use again.",versions:"Versions",version:"Version {version}",version_own:"As delivered",version_accuracy:"{accuracy} recognised",version_taught:"knows {labels}",version_active:"in use",version_use:"Use",form_title:"Title",card_name:"TinyAct timeline",card_description:"What people did in front of your cameras: look back, correct, teach.",form_all:"All, if none is chosen",missed:"Was something missed?",missed_help:"Say what somebody is doing in front of a camera now, or just did.",missed_last:"The last",missed_label:"It was",teach:"Teach",missed_taught:"Taught “{label}” from {count} moments.",remark_one_occasion:"All examples of “{label}” are of one occasion, so nobody can tell how well it will be recognised. Teach it on other occasions, too.",remark_nothing_else:"Nothing was taught that is not “{label}”. In front of the same camera much may pass for it: choose “Not ‘{label}’” for some ordinary moments there.",remark_hard_to_tell:"“{label}” can hardly be told from “{other}”. Teach more of it, or use one name for both.",remark_left_out:"Of {total} examples the latest {used} were learnt from: that is as much as one round of learning takes.",not_allowed:"You may not do that. Ask an administrator of Home Assistant.",zones:"Zones to ignore",zones_help:"Draw over what is to be ignored, such as a bed or a television: people inside it are not watched.",zones_keys:"Drag to draw, move and resize. On the keyboard, arrows move a zone, Shift and arrows resize it, Delete removes it.",zone_at:"Zone {number}: {left}–{right} from the left, {top}–{bottom} from the top",zone_add:"Add a zone",zone_remove:"Remove zone {number}",zones_full:"There can be {count} zones at most.",zones_saved:"Saved. It holds from now on.",zones_unsaved:"The zones are not saved yet.",zones_discard:"Discard"};var ss={title:"Acciones",today:"Hoy",yesterday:"Ayer",previous_day:"El día anterior",next_day:"El día siguiente",choose_day:"Elegir un día",cameras:"Cámaras",actions:"Acciones",all:"Todo",loading:"Cargando…",load_more:"Cargar más",nothing_day:"No se vio nada ese día.",nothing_yet:"Hoy todavía no se ha visto nada.",nothing_filter:"Ese día no se vio nada de lo que has elegido.",show_all:"Mostrar todo",no_edges:"No hay ningún TinyAct configurado. Añade TinyAct en Ajustes → Dispositivos y servicios.",no_cameras:"No hay ninguna cámara configurada. Añade una a TinyAct en Ajustes → Dispositivos y servicios.",cameras_gone:"Las cámaras de esta tarjeta ya no existen. Elige otras en sus ajustes.",offline:"No se puede conectar con {edge}. Lo que vea mientras tanto aparecerá cuando vuelva.",disconnected:"Se ha perdido la conexión con Home Assistant.",failed:"No se pudieron cargar las acciones: {error}",failed_short:"No ha funcionado: {error}",again:"Reintentar",camera_paused:"en pausa",camera_unavailable:"sin imagen",now:"ahora",seen:"{label}, {camera}, {time}",corrected:"corregida",hour_count:"{count} en esta hora",learn:"Aprendizaje",close:"Cerrar",earlier:"Acción anterior",later:"Acción posterior",picture:"{label} ante {camera}",no_picture:"No se guardó ninguna imagen.",play:"Reproducir el clip",still:"Mostrar la imagen",clip_failed:"No se puede reproducir el clip.",began:"Inicio",lasted:"Duración",goes_on:"continúa",interrupted:"{duration}, interrumpida",confidence:"Confianza",camera:"Cámara",was_it:"¿Era correcto?",right:"Correcto",other:"Esto era…",never_here:"Aquí nunca",never_here_help:"Lo que se parezca a esto nunca es «{label}» ante esta cámara: se aplica al momento.",what_was_it:"¿Qué era?",another:"Otra cosa",another_help:"De 1 a 40 caracteres; un nombre nuevo se aprende como acción nueva.",say:"Guardar",not_this:"No es «{label}»",back:"Volver",delete:"Borrar esta acción",delete_sure:"¿Borrarla para siempre con sus imágenes?",delete_yes:"Borrar",said_right:"Has dicho que es correcto.",said_label:"Has dicho que era «{label}»; se reconoció «{recognized}».",said_not:"Has dicho que no era «{recognized}».",said_never_here:"Has dicho que aquí nunca es «{recognized}».",state_pending:"Espera a ser entregado al clasificador.",state_taught:"El próximo aprendizaje lo tendrá en cuenta.",state_refused:"El clasificador no lo acepta: {detail}",refused_full:"Ya tiene tantos ejemplos como puede guardar. Quien lo administra puede borrar los antiguos.",refused_other_encoder:"Su modelo es distinto del modelo del edge. Actualiza ambos a la misma versión y corrígelo otra vez.",refused_replaced:"El edge recibió otro modelo antes de que se aprendiera. Corrígelo otra vez.",state_kept:"Ya se tiene en cuenta.",undo:"Deshacer",learn_now:"Aprender ahora",learn_help:"TinyAct aprende de lo que has corregido. Tarda unos segundos y puedes volver atrás.",learn_nowhere:"Para aprender, el edge necesita un servicio clasificador.",learn_running:"Aprendiendo…",learn_waiting:"Esperando al clasificador…",learn_done:"Listo. Lo que se vea a partir de ahora se nombra según lo aprendido.",learn_table:"Cuánto se reconoce de cada acción, antes y después",examples:"Ejemplos",before:"Antes",after:"Después",unknown:"desconocido",got_worse:"Ha empeorado: {labels}",go_back:"Deshacer: volver a «{version}»",went_back:"«{version}» vuelve a estar en uso.",versions:"Versiones",version:"Versión {version}",version_own:"De fábrica",version_accuracy:"{accuracy} reconocido",version_taught:"conoce {labels}",version_active:"en uso",version_use:"Usar",form_title:"Título",card_name:"Cronología de TinyAct",card_description:"Lo que hizo la gente ante tus cámaras: revisar, corregir, enseñar.",form_all:"Todo, si no se elige nada",missed:"¿Se pasó algo por alto?",missed_help:"Di qué está haciendo alguien ante una cámara, o acaba de hacer.",missed_last:"Los últimos",missed_label:"Era",teach:"Enseñar",missed_taught:"Se enseñó «{label}» con {count} momentos.",remark_one_occasion:"Todos los ejemplos de «{label}» son de una misma ocasión, así que nadie puede saber lo bien que se reconocerá. Enséñalo también en otras ocasiones.",remark_nothing_else:"No se ha enseñado nada que no sea «{label}». Ante la misma cámara muchas cosas pueden parecerlo: elige «No es “{label}”» en algunos momentos corrientes.",remark_hard_to_tell:"«{label}» apenas se distingue de «{other}». Enseña más ejemplos o usa un solo nombre para ambos.",remark_left_out:"De {total} ejemplos se ha aprendido de los últimos {used}: no caben más en una ronda.",not_allowed:"No tienes permiso para hacerlo. Pregunta a un administrador de Home Assistant.",zones:"Zonas que ignorar",zones_help:"Dibuja sobre lo que se debe ignorar, como una cama o un televisor: no se observa a nadie cuyo cuerpo esté ahí.",zones_keys:"Arrastra para dibujar, mover y cambiar el tamaño. Con el teclado, las flechas mueven una zona, Mayús y las flechas cambian su tamaño, Supr la quita.",zone_at:"Zona {number}: {left}–{right} desde la izquierda, {top}–{bottom} desde arriba",zone_add:"Añadir una zona",zone_remove:"Quitar la zona {number}",zones_full:"Puede haber {count} zonas como máximo.",zones_saved:"Guardado. Vale desde ahora.",zones_unsaved:"Las zonas aún no están guardadas.",zones_discard:"Descartar"};var is={title:"Actions",today:"Aujourd’hui",yesterday:"Hier",previous_day:"Le jour précédent",next_day:"Le jour suivant",choose_day:"Choisir un jour",cameras:"Caméras",actions:"Actions",all:"Tout",loading:"Chargement…",load_more:"En charger plus",nothing_day:"Rien n’a été vu ce jour-là.",nothing_yet:"Rien n’a encore été vu aujourd’hui.",nothing_filter:"Rien de ce que vous avez choisi n’a été vu ce jour-là.",show_all:"Tout afficher",no_edges:"Aucun TinyAct n’est configuré. Ajoutez TinyAct sous Paramètres → Appareils et services.",no_cameras:"Aucune caméra n’est configurée. Ajoutez-en une à TinyAct sous Paramètres → Appareils et services.",cameras_gone:"Les caméras de cette carte n'existent plus. Choisissez-en d'autres dans ses réglages.",offline:"{edge} est injoignable. Ce qu’il voit entre-temps apparaîtra à son retour.",disconnected:"La connexion à Home Assistant est perdue.",failed:"Impossible de charger les actions : {error}",failed_short:"Cela n’a pas fonctionné : {error}",again:"Réessayer",camera_paused:"en pause",camera_unavailable:"pas d’image",now:"en cours",seen:"{label}, {camera}, {time}",corrected:"corrigé",hour_count:"{count} pendant cette heure",learn:"Apprentissage",close:"Fermer",earlier:"Action antérieure",later:"Action ultérieure",picture:"{label} devant {camera}",no_picture:"Aucune image n’a été conservée.",play:"Lire le clip",still:"Afficher l’image",clip_failed:"Le clip ne peut pas être lu.",began:"Début",lasted:"Durée",goes_on:"en cours",interrupted:"{duration}, interrompue",confidence:"Confiance",camera:"Caméra",was_it:"Était-ce juste ?",right:"Correct",other:"C’était…",never_here:"Jamais ici",never_here_help:"Ce qui ressemble à cela n’est jamais « {label} » devant cette caméra : effet immédiat.",what_was_it:"Qu’était-ce ?",another:"Autre chose",another_help:"1 à 40 caractères ; un nouveau nom est appris comme nouvelle action.",say:"Enregistrer",not_this:"Pas « {label} »",back:"Retour",delete:"Effacer cette action",delete_sure:"L’effacer définitivement avec ses images ?",delete_yes:"Effacer",said_right:"Vous avez dit que c’est correct.",said_label:"Vous avez dit que c’était « {label} » ; « {recognized} » avait été reconnu.",said_not:"Vous avez dit que ce n’était pas « {recognized} ».",said_never_here:"Vous avez dit que ce n’est jamais « {recognized} » ici.",state_pending:"Cela attend d’être transmis au classificateur.",state_taught:"Le prochain apprentissage en tiendra compte.",state_refused:"Le classificateur ne l’accepte pas : {detail}",refused_full:"Il a déjà autant d’exemples qu’il peut en garder. La personne qui le gère peut en effacer d’anciens.",refused_other_encoder:"Son modèle n’est pas celui de l’edge. Mettez les deux à la même version, puis corrigez à nouveau.",refused_replaced:"L’edge a reçu un autre modèle avant que cela ne soit appris. Corrigez à nouveau.",state_kept:"C’est déjà pris en compte.",undo:"Annuler",learn_now:"Apprendre maintenant",learn_help:"TinyAct apprend de vos corrections. Cela prend quelques secondes, et vous pouvez revenir en arrière.",learn_nowhere:"Pour apprendre, l’edge a besoin d’un service de classification.",learn_running:"Apprentissage en cours…",learn_waiting:"En attente du classificateur…",learn_done:"Terminé. Ce qui est vu désormais est nommé selon ce qui a été appris.",learn_table:"Part reconnue de chaque action, avant et après",examples:"Exemples",before:"Avant",after:"Après",unknown:"inconnu",got_worse:"Moins bien reconnu : {labels}",go_back:"Annuler : revenir à « {version} »",went_back:"« {version} » est de nouveau utilisée.",versions:"Versions",version:"Version {version}",version_own:"D’origine",version_accuracy:"{accuracy} reconnus",version_taught:"connaît {labels}",version_active:"utilisée",version_use:"Utiliser",form_title:"Titre",card_name:"Chronologie TinyAct",card_description:"Ce que les gens ont fait devant vos caméras : revoir, corriger, enseigner.",form_all:"Tout, si rien n’est choisi",missed:"Quelque chose a été manqué ?",missed_help:"Dites ce que quelqu’un fait devant une caméra, ou vient de faire.",missed_last:"Les dernières",missed_label:"C’était",teach:"Enseigner",missed_taught:"« {label} » enseigné à partir de {count} moments.",remark_one_occasion:"Tous les exemples de « {label} » viennent d’une seule occasion : personne ne peut dire à quel point ce sera reconnu. Enseignez-le aussi en d’autres occasions.",remark_nothing_else:"Rien n’a été enseigné qui ne soit pas « {label} ». Devant la même caméra, bien des choses peuvent passer pour cela : choisissez « Pas “{label}” » pour quelques moments ordinaires.",remark_hard_to_tell:"« {label} » se distingue à peine de « {other} ». Enseignez-en davantage ou utilisez un seul nom pour les deux.",remark_left_out:"Sur {total} exemples, les {used} derniers ont servi : un apprentissage n’en prend pas plus.",not_allowed:"Vous n’en avez pas le droit. Adressez-vous à un administrateur de Home Assistant.",zones:"Zones à ignorer",zones_help:"Dessinez sur ce qui est à ignorer, un lit ou un téléviseur par exemple : une personne dont le corps s'y trouve n'est pas observée.",zones_keys:"Faites glisser pour dessiner, déplacer et redimensionner. Au clavier, les flèches déplacent une zone, Maj et les flèches la redimensionnent, Suppr la supprime.",zone_at:"Zone {number} : {left}–{right} depuis la gauche, {top}–{bottom} depuis le haut",zone_add:"Ajouter une zone",zone_remove:"Supprimer la zone {number}",zones_full:"Il peut y avoir {count} zones au plus.",zones_saved:"Enregistré. Cela vaut dès maintenant.",zones_unsaved:"Les zones ne sont pas encore enregistrées.",zones_discard:"Abandonner"};var ns={title:"การกระทำ",today:"วันนี้",yesterday:"เมื่อวาน",previous_day:"วันก่อนหน้า",next_day:"วันถัดไป",choose_day:"เลือกวัน",cameras:"กล้อง",actions:"การกระทำ",all:"ทั้งหมด",loading:"กำลังโหลด…",load_more:"โหลดเพิ่ม",nothing_day:"ไม่พบการกระทำใดในวันนี้",nothing_yet:"วันนี้ยังไม่พบการกระทำใด",nothing_filter:"ไม่พบสิ่งที่คุณเลือกในวันนี้",show_all:"แสดงทั้งหมด",no_edges:"ยังไม่ได้ตั้งค่า TinyAct เพิ่ม TinyAct ได้ที่ การตั้งค่า → อุปกรณ์และบริการ",no_cameras:"ยังไม่ได้ตั้งค่ากล้อง เพิ่มกล้องให้ TinyAct ได้ที่ การตั้งค่า → อุปกรณ์และบริการ",cameras_gone:"กล้องของการ์ดนี้ไม่มีอยู่แล้ว เลือกกล้องอื่นในการตั้งค่าของการ์ด",offline:"ไม่สามารถติดต่อ {edge} ได้ สิ่งที่เห็นระหว่างนี้จะแสดงเมื่อกลับมา",disconnected:"ขาดการเชื่อมต่อกับ Home Assistant",failed:"โหลดการกระทำไม่สำเร็จ: {error}",failed_short:"ไม่สำเร็จ: {error}",again:"ลองอีกครั้ง",camera_paused:"หยุดชั่วคราว",camera_unavailable:"ไม่มีภาพ",now:"ตอนนี้",seen:"{label}, {camera}, {time}",corrected:"แก้ไขแล้ว",hour_count:"{count} รายการในชั่วโมงนี้",learn:"การเรียนรู้",close:"ปิด",earlier:"การกระทำก่อนหน้า",later:"การกระทำถัดไป",picture:"{label} หน้ากล้อง {camera}",no_picture:"ไม่ได้เก็บภาพไว้",play:"เล่นคลิป",still:"แสดงภาพ",clip_failed:"เล่นคลิปไม่ได้",began:"เริ่ม",lasted:"ระยะเวลา",goes_on:"ยังดำเนินอยู่",interrupted:"{duration} ถูกขัดจังหวะ",confidence:"ความมั่นใจ",camera:"กล้อง",was_it:"ถูกต้องหรือไม่",right:"ถูกต้อง",other:"นี่คือ …",never_here:"ไม่ใช่ที่นี่",never_here_help:"สิ่งที่ดูเหมือนแบบนี้หน้ากล้องนี้ไม่ใช่ “{label}” มีผลทันที",what_was_it:"นี่คืออะไร",another:"อย่างอื่น",another_help:"1 ถึง 40 ตัวอักษร ชื่อใหม่จะเรียนรู้เป็นการกระทำใหม่",say:"บันทึก",not_this:"ไม่ใช่ “{label}”",back:"กลับ",delete:"ลบการกระทำนี้",delete_sure:"ลบพร้อมภาพอย่างถาวรหรือไม่",delete_yes:"ลบ",said_right:"คุณบอกว่าถูกต้อง",said_label:"คุณบอกว่านี่คือ “{label}” ระบบเข้าใจว่าเป็น “{recognized}”",said_not:"คุณบอกว่านี่ไม่ใช่ “{recognized}”",said_never_here:"คุณบอกว่าที่นี่ไม่ใช่ “{recognized}”",state_pending:"รอส่งให้ตัวจำแนก",state_taught:"การเรียนรู้ครั้งถัดไปจะนำไปใช้",state_refused:"ตัวจำแนกไม่รับ: {detail}",refused_full:"มีตัวอย่างครบตามที่เก็บได้แล้ว ผู้ดูแลตัวจำแนกสามารถลบตัวอย่างเก่าได้",refused_other_encoder:"โมเดลของตัวจำแนกไม่ตรงกับของ edge โปรดอัปเดตทั้งสองให้เป็นเวอร์ชันเดียวกัน แล้วแก้ไขอีกครั้ง",refused_replaced:"edge ได้รับโมเดลอื่นก่อนที่จะเรียนรู้สิ่งนี้ โปรดแก้ไขอีกครั้ง",state_kept:"มีผลแล้ว",undo:"เลิกทำ",learn_now:"เรียนรู้ตอนนี้",learn_help:"TinyAct เรียนรู้จากสิ่งที่คุณแก้ไข ใช้เวลาไม่กี่วินาทีและย้อนกลับได้",learn_nowhere:"การเรียนรู้ต้องใช้บริการตัวจำแนก",learn_running:"กำลังเรียนรู้ …",learn_waiting:"กำลังรอตัวจำแนก …",learn_done:"เสร็จแล้ว สิ่งที่เห็นต่อจากนี้จะเรียกตามที่เรียนรู้",learn_table:"สัดส่วนที่จำได้ของแต่ละการกระทำ ก่อนและหลัง",examples:"ตัวอย่าง",before:"ก่อน",after:"หลัง",unknown:"ไม่ทราบ",got_worse:"แย่ลง: {labels}",go_back:"เลิกทำ: กลับไปที่ “{version}”",went_back:"กลับมาใช้ “{version}” แล้ว",versions:"เวอร์ชัน",version:"เวอร์ชัน {version}",version_own:"ค่าเริ่มต้น",version_accuracy:"จำได้ {accuracy}",version_taught:"รู้จัก {labels}",version_active:"ใช้อยู่",version_use:"ใช้",form_title:"ชื่อเรื่อง",card_name:"ไทม์ไลน์ TinyAct",card_description:"สิ่งที่ผู้คนทำหน้ากล้องของคุณ: ดูย้อนหลัง แก้ไข สอน",form_all:"ทั้งหมด หากไม่ได้เลือก",missed:"มีสิ่งที่ตรวจไม่พบหรือไม่",missed_help:"บอกว่ามีใครกำลังทำหรือเพิ่งทำอะไรหน้ากล้อง",missed_last:"ช่วงล่าสุด",missed_label:"นี่คือ",teach:"สอน",missed_taught:"สอน “{label}” จาก {count} ช่วงเวลาแล้ว",remark_one_occasion:"ตัวอย่างทั้งหมดของ “{label}” มาจากโอกาสเดียว จึงไม่มีใครบอกได้ว่าจะจดจำได้ดีเพียงใด โปรดสอนในโอกาสอื่นด้วย",remark_nothing_else:"ยังไม่ได้สอนสิ่งที่ไม่ใช่ “{label}” หน้ากล้องเดียวกันหลายสิ่งอาจถูกเข้าใจว่าเป็นสิ่งนี้ โปรดเลือก “ไม่ใช่ ‘{label}’” ในบางช่วงเวลาปกติ",remark_hard_to_tell:"แทบแยก “{label}” จาก “{other}” ไม่ได้ โปรดสอนเพิ่ม หรือใช้ชื่อเดียวสำหรับทั้งสอง",remark_left_out:"จาก {total} ตัวอย่าง ใช้ {used} ตัวอย่างล่าสุดในการเรียนรู้ ซึ่งเป็นจำนวนสูงสุดต่อครั้ง",not_allowed:"คุณไม่มีสิทธิ์ทำสิ่งนี้ โปรดถามผู้ดูแลระบบของ Home Assistant",zones:"โซนที่จะละเว้น",zones_help:"วาดทับสิ่งที่ต้องการละเว้น เช่น เตียงหรือโทรทัศน์ จะไม่เฝ้าดูคนที่ร่างกายอยู่ในนั้น",zones_keys:"ลากเพื่อวาด ย้าย และปรับขนาด บนแป้นพิมพ์ ลูกศรใช้ย้ายโซน Shift กับลูกศรใช้ปรับขนาด และ Delete ใช้ลบโซน",zone_at:"โซน {number}: {left}–{right} จากซ้าย {top}–{bottom} จากบน",zone_add:"เพิ่มโซน",zone_remove:"ลบโซน {number}",zones_full:"มีโซนได้สูงสุด {count} โซน",zones_saved:"บันทึกแล้ว มีผลตั้งแต่บัดนี้",zones_unsaved:"ยังไม่ได้บันทึกโซน",zones_discard:"ละทิ้ง"};var Pe=n=>n in Oe,Vs={de:ts,en:Oe,es:ss,fr:is,th:ns},C=(n,t,e={})=>{let s=n?.locale.language.split("-")[0]??"en";return(Vs[s]??Oe)[t].replace(/\{(\w+)\}/g,(i,r)=>String(e[r]))};var rs=n=>{for(let t of["cameras","labels"]){let e=n[t];if(e!==void 0&&!(Array.isArray(e)&&e.every(s=>typeof s=="string")))throw new Error(`${t} must be a list of texts`)}},He=()=>document.querySelector("home-assistant")?.hass,as=()=>{let n=He(),t={title:"form_title",cameras:"cameras",labels:"actions"};return{schema:[{name:"title",selector:{text:{}}},{name:"cameras",selector:{device:{multiple:!0,entity:{integration:"tinyact",domain:"event"}}}},{name:"labels",selector:{select:{multiple:!0,custom_value:!0,options:es.map(e=>({value:e,label:n?y(n,e):e}))}}}],computeLabel:({name:e})=>C(n,t[e]??"title"),computeHelper:({name:e})=>e==="title"?void 0:C(n,"form_all")}},os=(n,t)=>{let e=n.entities[t];return e?.platform==="tinyact"&&e.device_id?{cameras:[e.device_id]}:null};var Bs=Intl.DateTimeFormat().resolvedOptions().timeZone,ve=n=>n.locale.time_zone==="server"?n.config.time_zone:Bs,cs=n=>{let t=new Map;return(e,s)=>{let i=e+JSON.stringify(s),r=t.get(i)??n(e,s);return t.set(i,r),r}},lt=cs((n,t)=>new Intl.DateTimeFormat(n,t)),ls=cs((n,t)=>new Intl.NumberFormat(n,t)),ds="sv-SE",Y=(n,t)=>lt(ds,{timeZone:t}).format(n),ot=(n,t)=>{let e=lt(ds,{timeZone:t,dateStyle:"short",timeStyle:"medium"}).format(n);return Date.parse(`${e.replace(" ","T")}Z`)-Math.floor(n/1e3)*1e3},oe=(n,t)=>{let e=Date.parse(`${n}T00:00:00Z`),s=e-ot(e-ot(e,t),t);return Y(s,t)<n?s+36e5:s},J=(n,t)=>new Date(Date.parse(`${n}T00:00:00Z`)+t*24*36e5).toISOString().slice(0,10),Re=(n,t)=>{let e=ot(n,t);return Math.floor((n+e)/36e5)*36e5-e},x=class{constructor(t){this.zone=ve(t),this.language=t.locale.language,this.hour12={12:!0,24:!1}[t.locale.time_format]}format(t,e){return lt(this.language,{timeZone:this.zone,...e}).format(t)}time(t){return this.format(t,{hour:"numeric",minute:"2-digit",second:"2-digit",hour12:this.hour12})}hour(t){return this.format(t,{hour:"numeric",minute:"2-digit",hour12:this.hour12})}date(t){return this.format(t,{weekday:"short",day:"numeric",month:"short"})}moment(t){return this.format(t,{dateStyle:"medium",timeStyle:"short",hour12:this.hour12})}duration(t){let e=Math.round(t/1e3),s=[{unit:"hour",value:Math.floor(e/3600)},{unit:"minute",value:Math.floor(e/60)%60},{unit:"second",value:e%60}],i=s.findIndex(({value:r})=>r);return i<0?this.unit(0,"second"):s.slice(i,i+2).filter(({value:r})=>r).map(({unit:r,value:a})=>this.unit(a,r)).join(" ")}total(t){return this.duration(t<6e4?t:Math.round(t/6e4)*6e4)}unit(t,e){return ls(this.language,{style:"unit",unit:e,unitDisplay:"short"}).format(t)}percent(t){return ls(this.language,{style:"percent"}).format(t)}};var hs=new Set(["label","other","others"]),ps=(n,t,e)=>{let s=`remark_${t?.code}`;if(!t||!Pe(s))return e;let i=Object.entries(t.params).map(([r,a])=>[r,hs.has(r)?y(n,String(a)):a]);return C(n,s,Object.fromEntries(i))},M=async(n,t)=>{if(t.code==="unauthorized")return C(n,"not_allowed");if(!t.translation_key)return t.message;let e=Object.entries(t.translation_placeholders??{}).map(([r,a])=>[r,hs.has(r)?a.split(", ").map(c=>y(n,c)).join(", "):a]),s=await n.loadBackendTranslation("exceptions","tinyact"),i=`component.tinyact.exceptions.${t.translation_key}.message`;return s(i,Object.fromEntries(e))||t.message};var S=_`
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
`;var z=class extends q{text(t,e){return C(this.hass,t,e)}tell(t,e){this.dispatchEvent(new CustomEvent(t,{detail:e}))}renderError(t){return t===void 0?h:l`<div class="notice error" role="alert">
          <span>${this.text("failed_short",{error:t})}</span>
        </div>`}};p([v({attribute:!1})],z.prototype,"hass",2);var qe=(n,t,e,s)=>{let i=t.indexOf(n.target),a={[e]:i-1,[s]:i+1,Home:0,End:t.length-1}[n.key];if(!(i<0||a===void 0))return n.preventDefault(),t[a]?.focus(),t[a]},k=(n,t)=>{customElements.get(n)||customElements.define(n,t)};var O=class extends z{firstUpdated(){this.dialogElement.showModal()}leave(){this.dialogElement.close()}renderDialog(t,e,s,i=h){return l`<dialog
      aria-labelledby="title"
      @close=${()=>this.tell("closed")}
      @cancel=${r=>{r.preventDefault(),this.leave()}}
      @click=${r=>{r.target===this.dialogElement&&this.leave()}}
    >
      <header>
        ${t}
        <h2 id="title">${e}</h2>
        ${i}
        <button
          class="icon"
          aria-label=${this.text("close")}
          title=${this.text("close")}
          @click=${()=>this.leave()}
        >
          <ha-icon icon="mdi:close"></ha-icon>
        </button>
      </header>
      <div class="body">${s}</div>
    </dialog>`}static{this.styles=[S,_`
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
    `]}};p([ie("dialog")],O.prototype,"dialogElement",2);var T=class extends O{constructor(){super(...arguments);this.cameraName="";this.playing=!1;this.broken=!1;this.busy=!1;this.sayTyped=e=>{e.preventDefault();let s=String(new FormData(e.target).get("label")).trim();s&&this.say({label:s})}}firstUpdated(){super.firstUpdated(),this.renderRoot.addEventListener("keydown",e=>this.turn(e))}willUpdate(e){let s=e.get("action");s&&w(s)!==w(this.action)&&(this.asking=void 0,this.error=void 0,this.playing=!1,this.broken=!1)}async attempt(e){this.busy=!0,this.error=void 0;try{let s=await e();this.asking=void 0,s&&this.tell("changed",s)}catch(s){this.error=await M(this.hass,s)}finally{this.busy=!1}}say(e){this.attempt(()=>Dt(this.hass,this.action,e))}render(){let{action:e}=this,s=y(this.hass,e.label);return this.renderDialog(l`<ha-icon icon=${U(e.label)} style="color:${H(e.label)}"></ha-icon>`,s,l`${this.renderMedia(s)} ${this.renderFacts()} ${this.renderError(this.error)}
      ${this.asking==="label"?this.renderChoice():this.renderVerdict()}`,l`${this.renderTurn("later","mdi:chevron-up",this.later)}
      ${this.renderTurn("earlier","mdi:chevron-down",this.earlier)}`)}renderTurn(e,s,i){return l`<button
      class="icon"
      aria-label=${this.text(e)}
      title=${this.text(e)}
      ?disabled=${!i}
      @click=${()=>this.tell("chosen",i)}
    >
      <ha-icon icon=${s}></ha-icon>
    </button>`}renderMedia(e){let{action:s}=this,i=this.text("picture",{label:e,camera:this.cameraName});return this.playing&&s.clip?l`<div class="media">
        <video
          src=${s.clip}
          poster=${s.snapshot??h}
          aria-label=${i}
          controls
          autoplay
          muted
          loop
          playsinline
          @error=${()=>{this.playing=!1,this.error=this.text("clip_failed")}}
        ></video>
        <button class="chip over" @click=${()=>this.playing=!1}>${this.text("still")}</button>
      </div>`:(!s.snapshot||this.broken)&&!s.clip?l`<div class="media none quiet">
        <ha-icon icon="mdi:image-off-outline"></ha-icon>${this.text("no_picture")}
      </div>`:l`<div class="media ${s.snapshot?"":"none"}">
      ${s.snapshot?l`<img src=${s.snapshot} alt=${i} @error=${()=>this.broken=!0} />`:h}
      ${s.clip?l`<button class="chip over" @click=${()=>this.playing=!0}>
              <ha-icon icon="mdi:play"></ha-icon>${this.text("play")}
            </button>`:h}
    </div>`}renderFacts(){let{action:e}=this,s=new x(this.hass),i=Date.parse(e.started_at),r=e.ended_at?s.duration(Date.parse(e.ended_at)-i):this.text("goes_on");return l`<dl>
      <dt>${this.text("camera")}</dt>
      <dd>${this.cameraName}</dd>
      <dt>${this.text("began")}</dt>
      <dd>${s.date(i)}, ${s.time(i)}</dd>
      <dt>${this.text("lasted")}</dt>
      <dd>${e.end_reason==="interrupted"?this.text("interrupted",{duration:r}):r}</dd>
      <dt>${this.text("confidence")}</dt>
      <dd>
        <span class="meter"
          ><i style="width:${100*e.confidence}%;background:${H(e.label)}"></i
        ></span>
        ${s.percent(e.confidence)}
      </dd>
    </dl>`}renderVerdict(){let{action:e}=this;return l`<section aria-label=${this.text("was_it")}>
        ${e.correction?this.renderSaid():this.renderQuestion()}
      </section>
      ${this.hass.user?.is_admin?this.renderErase():h}`}renderQuestion(){let{action:e}=this;return l`<h3>${this.text("was_it")}</h3>
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
                </button>`:h}
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
        ${this.edge?.teachable?h:this.text("learn_nowhere")}
      </p>`}renderSaid(){let{kind:e,recognized:s,state:i,detail:r,code:a}=this.action.correction,c=`refused_${a}`,o=y(this.hass,this.action.label),d=e==="label"&&s===this.action.label?"right":e;return l`<div class="notice ${i==="refused"?"warning":""}" role="status">
        <span
          >${this.text(`said_${d}`,{label:o,recognized:y(this.hass,s)})}
          <span class="quiet"
            >${this.text(`state_${i}`,{detail:Pe(c)?this.text(c):r??""})}</span
          ></span
        >
        <button
          class="chip"
          ?disabled=${this.busy}
          @click=${()=>this.attempt(()=>jt(this.hass,this.action))}
        >
          <ha-icon icon="mdi:undo"></ha-icon>${this.text("undo")}
        </button>
      </div>
      ${this.edge?.teachable&&this.hass.user?.is_admin&&i!=="kept"?l`<button class="action main learn" @click=${()=>this.tell("learn")}>
              <ha-icon icon="mdi:school-outline"></ha-icon>${this.text("learn_now")}
            </button>`:h}`}renderChoice(){let e=this.action.label;return l`<section aria-labelledby="what">
      <h3 id="what">${this.text("what_was_it")}</h3>
      <div class="buttons">
        ${ae(this.edge?.labels??[]).filter(s=>s!==e).map(s=>l`<button class="chip" ?disabled=${this.busy} @click=${()=>this.say({label:s})}>
                <ha-icon icon=${U(s)} style="color:${H(s)}"></ha-icon
                >${y(this.hass,s)}
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
        @click=${()=>this.attempt(()=>Nt(this.hass,this.action))}
      >
        ${this.text("delete_yes")}
      </button>
    </div>`}turn(e){let s={ArrowUp:this.later,ArrowDown:this.earlier}[e.key];!s||e.target.matches("input, video")||(e.preventDefault(),this.tell("chosen",s))}updated(e){(e.has("asking")||e.has("action"))&&!this.shadowRoot?.activeElement&&this.renderRoot.querySelector("section button")?.focus()}static{this.styles=[...O.styles,_`
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
    `]}};p([v({attribute:!1})],T.prototype,"action",2),p([v({attribute:!1})],T.prototype,"cameraName",2),p([v({attribute:!1})],T.prototype,"edge",2),p([v({attribute:!1})],T.prototype,"earlier",2),p([v({attribute:!1})],T.prototype,"later",2),p([f()],T.prototype,"asking",2),p([f()],T.prototype,"playing",2),p([f()],T.prototype,"broken",2),p([f()],T.prototype,"busy",2),p([f()],T.prototype,"error",2);k("tinyact-action-dialog",T);var Le=class extends z{constructor(){super(...arguments);this.day=""}render(){let{day:e}=this,s=new x(this.hass),i=Y(Date.now(),ve(this.hass)),a={[i]:"today",[J(i,-1)]:"yesterday"}[e],c=(oe(e,s.zone)+oe(J(e,1),s.zone))/2,o=s.date(c);return l`<button
        class="icon"
        aria-label=${this.text("previous_day")}
        title=${this.text("previous_day")}
        @click=${()=>this.tell("chosen",J(e,-1))}
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
          max=${i}
          @click=${d=>d.target.showPicker?.()}
          @change=${d=>{let{value:m}=d.target;m&&this.tell("chosen",m>i?i:m)}}
        />
      </label>
      <button
        class="icon"
        aria-label=${this.text("next_day")}
        title=${this.text("next_day")}
        ?disabled=${e>=i}
        @click=${()=>this.tell("chosen",J(e,1))}
      >
        <ha-icon icon="mdi:chevron-right"></ha-icon>
      </button>`}static{this.styles=[S,_`
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
    `]}};p([v({attribute:!1})],Le.prototype,"day",2);k("tinyact-day-picker",Le);var Q=class extends z{constructor(){super(...arguments);this.cameras=[];this.labels=[];this.tally=new Map}render(){let{cameras:e,labels:s}=this.choice;return l`
      ${this.cameras.length>1?this.renderChips("cameras",e,i=>({cameras:i,labels:s}),this.cameras,i=>({value:i.place,content:l`<span class="name">${i.name}</span>${i.state==="online"?h:l`<span class="quiet"
                          >${this.text(i.state==="paused"?"camera_paused":"camera_unavailable")}</span
                        >`}`})):h}
      ${this.labels.length>1||this.tally.size?this.renderChips("actions",s,i=>({cameras:e,labels:i}),this.labels,i=>({value:i,content:l`<ha-icon icon=${U(i)} style="color:${H(i)}"></ha-icon>${y(this.hass,i)}${this.renderTally(i)}`})):h}
    `}renderChips(e,s,i,r,a){let c=(o,d,m)=>l`<button
        class="chip"
        aria-pressed=${o?"true":"false"}
        @click=${()=>this.tell("chosen",i(d))}
      >
        ${m}
      </button>`;return l`<div class="chips" role="group" aria-label=${this.text(e)}>
      ${c(!s.length,[],this.text("all"))}
      ${r.map(o=>{let{value:d,content:m}=a(o);return c(s.includes(d),Yt(s,d),m)})}
    </div>`}renderTally(e){let s=this.tally.get(e);if(!s)return h;let i=new x(this.hass).total(1e3*s.seconds);return l`<b>${s.count}<span class="unseen"> ×</span></b
      ><span class=${this.cameras.length>1?"unseen":"quiet"}>${i}</span>`}static{this.styles=[S,_`
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
    `]}};p([v({attribute:!1})],Q.prototype,"choice",2),p([v({attribute:!1})],Q.prototype,"cameras",2),p([v({attribute:!1})],Q.prototype,"labels",2),p([v({attribute:!1})],Q.prototype,"tally",2);k("tinyact-filters",Q);var De={ATTRIBUTE:1,CHILD:2,PROPERTY:3,BOOLEAN_ATTRIBUTE:4,EVENT:5,ELEMENT:6},je=n=>(...t)=>({_$litDirective$:n,values:t}),le=class{constructor(t){}get _$AU(){return this._$AM._$AU}_$AT(t,e,s){this._$Ct=t,this._$AM=e,this._$Ci=s}_$AS(t,e){return this.update(t,e)}update(t,e){return this.render(...e)}};var us=je(class extends le{constructor(n){if(super(n),n.type!==De.ATTRIBUTE||n.name!=="class"||n.strings?.length>2)throw Error("`classMap()` can only be used in the `class` attribute and must be the only part in the attribute.")}render(n){return" "+Object.keys(n).filter(t=>n[t]).join(" ")+" "}update(n,[t]){if(this.st===void 0){this.st=new Set,n.strings!==void 0&&(this.nt=new Set(n.strings.join(" ").split(/\s/).filter(s=>s!=="")));for(let s in t)t[s]&&!this.nt?.has(s)&&this.st.add(s);return this.render(t)}let e=n.element.classList;for(let s of this.st)s in t||(e.remove(s),this.st.delete(s));for(let s in t){let i=!!t[s];i===this.st.has(s)||this.nt?.has(s)||(i?(e.add(s),this.st.add(s)):(e.remove(s),this.st.delete(s)))}return P}});var Ws=[5,10,20,30,60,120],X=class extends z{constructor(){super(...arguments);this.busy=!1;this.submit=e=>{e.preventDefault();let s=new FormData(e.target),i=String(s.get("label")).trim();i&&this.attempt(()=>Ut(this.hass,this.edge.entry_id,String(s.get("camera")),i,Number(s.get("seconds"))))};this.undo=()=>{let{lesson:e}=this;e&&this.attempt(async()=>{await It(this.hass,this.edge.entry_id,e)})}}async attempt(e){this.busy=!0,this.error=void 0;try{this.lesson=await e()}catch(s){this.error=await M(this.hass,s)}finally{this.busy=!1}}render(){let e=new x(this.hass);return l`<section aria-labelledby="missed">
      <h3 id="missed">${this.text("missed")}</h3>
      <p class="quiet">${this.text("missed_help")}</p>
      <form @submit=${this.submit}>
        <label
          >${this.text("camera")}
          <select name="camera">
            ${this.edge.cameras.map(s=>l`<option value=${s.id}>${nt(this.hass,s)}</option>`)}
          </select>
        </label>
        <label
          >${this.text("missed_last")}
          <select name="seconds">
            ${Ws.map(s=>l`<option value=${s} ?selected=${s===10}>
                  ${e.duration(s*1e3)}
                </option>`)}
          </select>
        </label>
        <label
          >${this.text("missed_label")}
          <input name="label" list="labels" maxlength="40" required autocomplete="off" />
        </label>
        <datalist id="labels">
          ${ae(this.edge.labels).map(s=>l`<option value=${s}>${y(this.hass,s)}</option>`)}
        </datalist>
        <button class="action" ?disabled=${this.busy}>${this.text("teach")}</button>
      </form>
      ${this.renderError(this.error)}
      ${this.lesson?l`<div class="notice" role="status">
              <span
                >${this.text("missed_taught",{count:this.lesson.windows,label:y(this.hass,this.lesson.label)})} <span class="quiet">${this.text("state_taught")}</span></span
              >
              <button class="chip" ?disabled=${this.busy} @click=${this.undo}>
                <ha-icon icon="mdi:undo"></ha-icon>${this.text("undo")}
              </button>
            </div>`:h}
    </section>`}static{this.styles=[S,_`
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
    `]}};p([v({attribute:!1})],X.prototype,"edge",2),p([f()],X.prototype,"lesson",2),p([f()],X.prototype,"busy",2),p([f()],X.prototype,"error",2);k("tinyact-teach",X);var Zs=1e3,R=class extends O{constructor(){super(...arguments);this.entryId="";this.busy=!1;this.learn=()=>{this.attempt(async()=>{for(this.said=void 0,this.job=void 0,this.previous=this.versions?.find(e=>e.active)?.version,this.job=await Vt(this.hass,this.entryId);this.isConnected&&(this.job.state==="queued"||this.job.state==="running");)await new Promise(e=>setTimeout(e,Zs)),this.job=await Bt(this.hass,this.entryId,this.job.id);await this.look()})}}firstUpdated(){super.firstUpdated(),this.attempt(()=>this.look())}get edge(){return this.edges?.find(e=>e.entry_id===this.entryId)}get allowed(){return!!(this.hass.user?.is_admin&&this.edge?.teachable)}async attempt(e){if(this.allowed){this.busy=!0,this.error=void 0;try{await e()}catch(s){this.job?.state!=="done"&&(this.job=void 0),this.error=await M(this.hass,s)}finally{this.busy=!1}}}async look(){this.versions=await Wt(this.hass,this.entryId)}use(e){this.attempt(async()=>{await Zt(this.hass,this.entryId,e),this.job=void 0,this.said=this.text("went_back",{version:this.nameOf(e)}),await this.look()})}another(e){this.entryId=e,this.versions=void 0,this.job=void 0,this.said=void 0,this.attempt(()=>this.look())}render(){return this.renderDialog(l`<ha-icon icon="mdi:school-outline"></ha-icon>`,this.text("learn"),l`
        ${(this.edges?.length??0)>1?l`<div class="buttons" role="group">
                ${this.edges.map(e=>l`<button
                      class="chip"
                      aria-pressed=${e.entry_id===this.entryId?"true":"false"}
                      ?disabled=${this.busy}
                      @click=${()=>this.another(e.entry_id)}
                    >
                      ${e.title}
                    </button>`)}
              </div>`:h}
        ${this.renderLearn()} ${this.renderError(this.error)}
        ${this.said?l`<div class="notice" role="status"><span>${this.said}</span></div>`:h}
        ${this.renderReport()}
        ${this.edge?.teachable&&this.edge.cameras.length?l`<tinyact-teach .hass=${this.hass} .edge=${this.edge}></tinyact-teach>`:h}
        ${this.renderVersions()}
      `)}renderLearn(){if(!this.edge?.teachable)return l`<div class="notice"><span>${this.text("learn_nowhere")}</span></div>`;if(!this.allowed)return h;let e=this.job?.state,s=e==="queued"?"learn_waiting":e==="running"?"learn_running":void 0;return l`<p class="quiet">${this.text("learn_help")}</p>
      <div class="buttons">
        <button class="action main" ?disabled=${this.busy} @click=${this.learn}>
          <ha-icon icon="mdi:school-outline"></ha-icon>${this.text("learn_now")}
        </button>
        <span role="status">${s?l`<i class="spin"></i>${this.text(s)}`:h}</span>
      </div>`}renderReport(){let e=this.job?.state==="done"?this.job.report:null;if(!e)return h;let s=Object.entries(e.worse).map(([i,r])=>`${y(this.hass,i)} (−${this.percent(r)})`);return l`<div class="notice" role="status">
        <span>${this.text("learn_done")}</span>
        ${this.previous===void 0?h:l`<button class="chip" ?disabled=${this.busy} @click=${()=>this.use(this.previous)}>
                <ha-icon icon="mdi:undo"></ha-icon
                >${this.text("go_back",{version:this.nameOf(this.previous)})}
              </button>`}
      </div>
      ${s.length?l`<div class="notice warning">
              <ha-icon icon="mdi:trending-down"></ha-icon
              ><span>${this.text("got_worse",{labels:s.join(", ")})}</span>
            </div>`:h}
      ${e.warnings.map((i,r)=>l`<div class="notice">
            <span>${ps(this.hass,e.doubts?.[r],i)}</span>
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
          ${e.report.map(i=>this.renderRow(i,i.label in e.worse))}
        </tbody>
      </table>`}renderRow(e,s){return l`<tr class=${us({worse:s,taught:e.examples>0})}>
      <th scope="row">${y(this.hass,e.label)}</th>
      <td>${e.examples||""}</td>
      <td>${this.percent(e.recall_before)}</td>
      <td>${this.percent(e.recall_after)}</td>
    </tr>`}percent(e){return e===null?this.text("unknown"):new x(this.hass).percent(e)}nameOf(e){return e?this.text("version",{version:e}):this.text("version_own")}renderVersions(){if(!this.versions?.length)return h;let e=new x(this.hass);return l`<section aria-labelledby="versions">
      <h3 id="versions">${this.text("versions")}</h3>
      <ul>
        ${this.versions.map(s=>{let i=[s.version&&s.created_at?e.moment(Date.parse(s.created_at)):void 0,s.accuracy===null?void 0:this.text("version_accuracy",{accuracy:e.percent(s.accuracy)}),s.taught.length?this.text("version_taught",{labels:s.taught.map(r=>y(this.hass,r)).join(", ")}):void 0].filter(Boolean);return l`<li>
            <span class="fact">
              ${this.nameOf(s.version)}
              <span class="quiet">${i.join(" · ")}</span>
            </span>
            ${s.active?l`<span class="tag">${this.text("version_active")}</span>`:l`<button
                    class="chip"
                    ?disabled=${this.busy||!s.usable}
                    @click=${()=>this.use(s.version)}
                  >
                    ${this.text("version_use")}
                  </button>`}
          </li>`})}
      </ul>
    </section>`}static{this.styles=[...O.styles,_`
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
    `]}};p([v({attribute:!1})],R.prototype,"edges",2),p([v({attribute:!1})],R.prototype,"entryId",2),p([f()],R.prototype,"versions",2),p([f()],R.prototype,"job",2),p([f()],R.prototype,"previous",2),p([f()],R.prototype,"busy",2),p([f()],R.prototype,"error",2),p([f()],R.prototype,"said",2);k("tinyact-learn-dialog",R);var{I:Ks}=Mt,ms=n=>n;var gs=()=>document.createComment(""),ce=(n,t,e)=>{let s=n._$AA.parentNode,i=t===void 0?n._$AB:t._$AA;if(e===void 0){let r=s.insertBefore(gs(),i),a=s.insertBefore(gs(),i);e=new Ks(r,a,n,n.options)}else{let r=e._$AB.nextSibling,a=e._$AM,c=a!==n;if(c){let o;e._$AQ?.(n),e._$AM=n,e._$AP!==void 0&&(o=n._$AU)!==a._$AU&&e._$AP(o)}if(r!==i||c){let o=e._$AA;for(;o!==r;){let d=ms(o).nextSibling;ms(s).insertBefore(o,i),o=d}}}return e},I=(n,t,e=n)=>(n._$AI(t,e),n),Fs={},fs=(n,t=Fs)=>n._$AH=t,bs=n=>n._$AH,Ne=n=>{n._$AR(),n._$AA.remove()};var vs=(n,t,e)=>{let s=new Map;for(let i=t;i<=e;i++)s.set(n[i],i);return s},Ue=je(class extends le{constructor(n){if(super(n),n.type!==De.CHILD)throw Error("repeat() can only be used in text expressions")}dt(n,t,e){let s;e===void 0?e=t:t!==void 0&&(s=t);let i=[],r=[],a=0;for(let c of n)i[a]=s?s(c,a):a,r[a]=e(c,a),a++;return{values:r,keys:i}}render(n,t,e){return this.dt(n,t,e).values}update(n,[t,e,s]){let i=bs(n),{values:r,keys:a}=this.dt(t,e,s);if(!Array.isArray(i))return this.ut=a,r;let c=this.ut??=[],o=[],d,m,u=0,g=i.length-1,b=0,$=r.length-1;for(;u<=g&&b<=$;)if(i[u]===null)u++;else if(i[g]===null)g--;else if(c[u]===a[b])o[b]=I(i[u],r[b]),u++,b++;else if(c[g]===a[$])o[$]=I(i[g],r[$]),g--,$--;else if(c[u]===a[$])o[$]=I(i[u],r[$]),ce(n,o[$+1],i[u]),u++,$--;else if(c[g]===a[b])o[b]=I(i[g],r[b]),ce(n,i[u],i[g]),g--,b++;else if(d===void 0&&(d=vs(a,b,$),m=vs(c,u,g)),d.has(c[u]))if(d.has(c[g])){let D=m.get(a[b]),We=D!==void 0?i[D]:null;if(We===null){let ut=ce(n,i[u]);I(ut,r[b]),o[b]=ut}else o[b]=I(We,r[b]),ce(n,i[u],We),i[D]=null;b++}else Ne(i[g]),g--;else Ne(i[u]),u++;for(;b<=$;){let D=ce(n,o[$+1]);I(D,r[b]),o[b++]=D}for(;u<=g;){let D=i[u++];D!==null&&Ne(D)}return this.ut=a,fs(n,o),P}});var ye=class extends z{constructor(){super(...arguments);this.actions=[];this.names=new Map;this.walk=e=>{qe(e,this.rows,"ArrowUp","ArrowDown")}}reach(e){this.rows.find(s=>s.dataset.key===e)?.focus()}get rows(){return[...this.renderRoot.querySelectorAll(".row")]}render(){let e=new x(this.hass),s=new Map;for(let i of this.actions){let r=Re(Date.parse(i.started_at),e.zone),a=s.get(r);a?a.push(i):s.set(r,[i])}return l`<div @keydown=${this.walk}>
        ${[...s].map(([i,r])=>l`
            <h3 aria-label="${e.hour(i)}, ${this.text("hour_count",{count:r.length})}">
              ${e.hour(i)} <span class="quiet">${r.length}</span>
            </h3>
            <ul>
              ${Ue(r,w,a=>this.renderAction(a,e))}
            </ul>
          `)}
      </div>
      <slot></slot>`}renderAction(e,s){let i=Date.parse(e.started_at),r=e.ended_at&&s.duration(Date.parse(e.ended_at)-i);return l`<li>
      <button class="row" data-key=${w(e)} @click=${()=>this.tell("chosen",e)}>
        <span class="thumbnail" style="--tint:${H(e.label)}">
          ${e.snapshot?l`<img
                  src=${e.snapshot}
                  alt=""
                  loading="lazy"
                  @error=${a=>a.target.remove()}
                />`:h}
          <ha-icon icon=${U(e.label)}></ha-icon>
        </span>
        <span class="what">
          <b>${y(this.hass,e.label)}</b>
          <span class="quiet"
            >${this.names.get(L(e.entry_id,e.camera))??e.camera}</span
          >
          ${e.correction?l`<span class="tag">${this.text("corrected")}</span>`:h}
        </span>
        <span class="when">
          <span>${s.time(i)}</span>
          <span class="quiet"
            >${r??l`<span class="now">${this.text("now")}</span>`} ·
            ${s.percent(e.confidence)}</span
          >
        </span>
      </button>
    </li>`}static{this.styles=[S,_`
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
      @container (min-width: 800px) {
        ul {
          display: grid;
          grid-template-columns: 1fr 1fr;
        }
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
    `]}};p([v({attribute:!1})],ye.prototype,"actions",2),p([v({attribute:!1})],ye.prototype,"names",2);k("tinyact-list",ye);var Ie=36e5,Gs=5,Ys=[1/12,1/6,1/4,1/2,1,2,3,6].map(n=>n*Ie),V=class extends z{constructor(){super(...arguments);this.actions=[];this.span=[0,0];this.lanes=[];this.walk=e=>{let s=e.currentTarget;qe(e,[...s.querySelectorAll("button")],"ArrowLeft","ArrowRight")}}get range(){let[e,s]=this.span,i=this.actions[0],r=this.actions.at(-1);if(!i||!r)return[e,s];let a=Date.parse(r.started_at),c=Math.max(...this.actions.map(u=>this.endOf(u))),o=c-a<Ie/2?Ie/6:Ie,{zone:d}=new x(this.hass),m=u=>{let g=Re(u,d);return g+Math.floor((u-g)/o)*o};return[Math.max(e,m(a)),Math.min(s,m(c)+o)]}endOf(e){return e.ended_at?Date.parse(e.ended_at):Math.max(Date.now(),Date.parse(e.started_at))}render(){if(!this.lanes.length||!this.actions.length)return h;let[e,s]=this.range,i=new x(this.hass),r=o=>100*(Math.min(Math.max(o,e),s)-e)/(s-e),a=Ys.find(o=>(s-e)/o<=Gs)??s-e,c=[];for(let o=e;o<s;o+=a)c.push(o);return l`<div class="lanes">
        ${Ue(this.lanes,({place:o})=>o,({place:o,name:d,tally:m})=>l`${this.lanes.length>1||this.choice.cameras.length?l`<div class="head">
                      <span class="name quiet" title=${d} aria-hidden="true">${d}</span>
                      ${this.renderTally(o,d,m,i)}
                    </div>`:h}
              <div class="lane" aria-hidden="true">
                ${this.horizon?l`<i class="beyond" style="width:${r(this.horizon)}%"></i>`:h}
                ${c.map(u=>l`<i class="tick" style="left:${r(u)}%"></i>`)}
                ${this.actions.filter(u=>L(u.entry_id,u.camera)===o).map(u=>{let g=Date.parse(u.started_at),b=r(g);return l`<i
                      class="mark"
                      title="${y(this.hass,u.label)}, ${i.time(g)}"
                      style="left:${b}%;width:${r(this.endOf(u))-b}%;--tint:${H(u.label)}"
                      @click=${()=>this.tell("opened",u)}
                    ></i>`})}
              </div>`)}
      </div>
      <div class="ticks quiet" aria-hidden="true">
        ${c.map(o=>{let d=i.hour(o);return l`<span style="left:min(${r(o)}%, 100% - ${d.length}ch)">${d}</span>`})}
      </div>`}renderTally(e,s,i,r){let{cameras:a,labels:c}=this.choice;return i.size?l`<div class="tally" role="group" aria-label=${s} @keydown=${this.walk}>
      ${[...i].map(([o,{count:d,seconds:m}],u)=>{let g=a.length===1&&c.length===1&&a[0]===e&&c[0]===o,b=r.total(1e3*m),$=`${y(this.hass,o)}, ${d} ×, ${b}`;return l`<button
          tabindex=${u?-1:0}
          aria-label=${$}
          aria-pressed=${g?"true":"false"}
          title=${$}
          @click=${()=>this.tell("chosen",g?re:{cameras:[e],labels:[o]})}
        >
          <ha-icon icon=${U(o)} style="color:${H(o)}"></ha-icon>${d}
          <span class="quiet">${b}</span>
        </button>`})}
    </div>`:h}static{this.styles=[S,_`
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
      .tally button[aria-pressed="true"] {
        background: color-mix(in srgb, var(--primary-color) 18%, transparent);
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
    `]}};p([v({attribute:!1})],V.prototype,"actions",2),p([v({attribute:!1})],V.prototype,"span",2),p([v({attribute:!1})],V.prototype,"horizon",2),p([v({attribute:!1})],V.prototype,"lanes",2),p([v({attribute:!1})],V.prototype,"choice",2);k("tinyact-strip",V);var ct=n=>Math.round(n*1e3)/1e3,ee=(n,t,e)=>Math.min(Math.max(n,t),e),dt=([n,t,e,s])=>[[n,t],[e,t],[e,s],[n,s]],te=n=>{let t=n.map(([s])=>s),e=n.map(([,s])=>s);return[Math.min(...t),Math.min(...e),Math.max(...t),Math.max(...e)]},ys=([n,t],[e,s])=>[Math.min(n,e),Math.min(t,s),Math.max(n,e),Math.max(t,s)].map(i=>ct(ee(i,0,1))),_s=([n,t,e,s])=>e-n>=.02&&s-t>=.02,xs=(n,[t,e,s,i])=>{let[r,a,c,o]=te(n);return n.map(([d,m])=>[ct(t+(d-r)/(c-r||1)*(s-t)),ct(e+(m-a)/(o-a||1)*(i-e))])},Ve=(n,t,e)=>{let[s,i,r,a]=te(n),c=ee(t,-s,1-r),o=ee(e,-i,1-a);return xs(n,[s+c,i+o,r+c,a+o])},ht=(n,t,e,s=!0,i=!0)=>{let r=te(n);return s?r[2]=ee(r[2]+t,r[0]+.02,1):r[0]=ee(r[0]+t,0,r[2]-.02),i?r[3]=ee(r[3]+e,r[1]+.02,1):r[1]=ee(r[1]+e,0,r[3]-.02),xs(n,r)};var Js=2e3,Qs=20,Be=.01,Xs=.04,ei=dt([.35,.35,.65,.65]),A=class extends O{constructor(){super(...arguments);this.names=new Map;this.place="";this.zones=[];this.picture=null;this.loaded=!1;this.busy=!1;this.leaving=!1;this.said="";this.moved="";this.kept=[];this.look=async()=>{clearTimeout(this.timer);let{place:e}=this;try{let s=await qt(this.hass,...ne(e));if(e!==this.place)return;this.picture=s.picture,this.loaded||(this.zones=this.kept=s.zones),this.loaded=!0,this.blind=void 0}catch(s){if(e!==this.place)return;this.blind=await M(this.hass,s)}this.isConnected&&(this.timer=setTimeout(this.look,Js))};this.save=async()=>{let{place:e,zones:s}=this;this.busy=!0,this.error=void 0;try{await Lt(this.hass,...ne(e),s),this.kept=s,this.leaving=!1,this.said=this.text("zones_saved")}catch(i){this.error=await M(this.hass,i)}finally{this.busy=!1}};this.add=async()=>{let e=Xs*this.zones.length;this.zones=[...this.zones,Ve(ei,e,e)],this.said="",await this.updateComplete,this.renderRoot.querySelector(".zone:last-of-type")?.focus()};this.begin=e=>{if(e.button!==0)return;let s=this.at(e),i=e.target.closest(".zone");if(i){let r=Number(i.dataset.number);this.drag={from:s,number:r,change:this.changeOf(this.zones[r],i,s,e)}}else if(this.zones.length<8){let r=this.zones.length;this.drag={from:s,number:r,change:a=>dt(ys(s,a))}}else{this.said=this.text("zones_full",{count:8});return}this.stage.setPointerCapture(e.pointerId)};this.move=e=>{if(!this.drag)return;let s=this.drag.change(this.at(e));this.drag.number<this.zones.length?this.put(this.drag.number,s):_s(te(s))&&(this.zones=[...this.zones,s])};this.end=()=>{this.drag=void 0}}firstUpdated(){super.firstUpdated(),this.load()}disconnectedCallback(){super.disconnectedCallback(),clearTimeout(this.timer)}get changed(){return JSON.stringify(this.zones)!==JSON.stringify(this.kept)}async load(){this.loaded=!1,this.picture=null,this.zones=[],this.kept=[],this.blind=void 0,await this.look()}put(e,s){this.zones=this.zones.map((i,r)=>r===e?s:i),this.said=""}erase(e){this.zones=this.zones.filter((s,i)=>i!==e),this.said="",this.renderRoot.querySelector(".add")?.focus()}nameOf(e,s){let i=new x(this.hass),[r,a,c,o]=te(s).map(d=>i.percent(d));return this.text("zone_at",{number:e+1,left:r,top:a,right:c,bottom:o})}render(){return this.renderDialog(l`<ha-icon icon="mdi:vector-square"></ha-icon>`,this.text("zones"),l`
        ${this.names.size>1?this.renderPlaces():h}
        <p class="quiet" id="help">${this.text("zones_help")}</p>
        ${this.loaded?this.renderStage():h} ${this.renderNotices()}
        ${this.loaded?this.renderZones():h}
      `)}renderPlaces(){return l`<div class="buttons" role="group" aria-label=${this.text("cameras")}>
      ${[...this.names].map(([e,s])=>l`<button
            class="chip"
            aria-pressed=${e===this.place?"true":"false"}
            ?disabled=${this.changed||this.busy}
            @click=${()=>{this.place=e,this.said="",this.load()}}
          >
            ${s}
          </button>`)}
    </div>`}renderStage(){return l`<div
      class="stage ${this.picture?"":"blind quiet"}"
      @pointerdown=${this.begin}
      @pointermove=${this.move}
      @pointerup=${this.end}
      @pointercancel=${this.end}
    >
      ${this.picture?l`<img src=${this.picture} alt=${this.names.get(this.place)??""} draggable="false" />`:this.text("camera_unavailable")}
      <svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
        ${this.zones.map(e=>St`<polygon points=${e.map(s=>s.join()).join(" ")} />`)}
      </svg>
      ${this.zones.map((e,s)=>{let[i,r,a,c]=te(e).map(o=>100*o);return l`<button
          class="zone"
          style="left:${i}%;top:${r}%;width:${a-i}%;height:${c-r}%"
          data-number=${s}
          aria-label=${this.nameOf(s,e)}
          aria-describedby="keys"
          @keydown=${o=>this.press(o,s,e)}
        >
          ${s+1}<i></i><i></i><i></i><i></i>
        </button>`})}
    </div>`}renderNotices(){return l`${this.renderError(this.error??this.blind)}
    ${this.leaving&&this.changed?l`<div class="notice warning" role="alert">
            <span>${this.text("zones_unsaved")}</span>
            <button class="chip" @click=${()=>this.dialogElement.close()}>
              ${this.text("zones_discard")}
            </button>
          </div>`:h}`}renderZones(){return l`<ul>
        ${this.zones.map((e,s)=>l`<li>
              <span>${this.nameOf(s,e)}</span>
              <button
                class="icon"
                aria-label=${this.text("zone_remove",{number:s+1})}
                title=${this.text("zone_remove",{number:s+1})}
                @click=${()=>this.erase(s)}
              >
                <ha-icon icon="mdi:delete-outline"></ha-icon>
              </button>
            </li>`)}
      </ul>
      <p class="quiet" id="keys">${this.text("zones_keys")}</p>
      <div class="buttons">
        <button class="action main" ?disabled=${this.busy||!this.changed} @click=${this.save}>
          <ha-icon icon="mdi:check"></ha-icon>${this.text("say")}
        </button>
        <button class="action add" ?disabled=${this.zones.length>=8} @click=${this.add}>
          <ha-icon icon="mdi:plus"></ha-icon>${this.text("zone_add")}
        </button>
        <span class="quiet" role="status">${this.said}</span>
        <span class="unseen" role="status">${this.moved}</span>
      </div>`}at(e){let{left:s,top:i,width:r,height:a}=this.stage.getBoundingClientRect();return[(e.clientX-s)/r,(e.clientY-i)/a]}changeOf(e,s,[i,r],a){let c=s.getBoundingClientRect(),o=Math.min(Qs,c.width/3,c.height/3),[d,m]=[c.right-a.clientX<o,c.bottom-a.clientY<o],u=(d||a.clientX-c.left<o)&&(m||a.clientY-c.top<o);return([g,b])=>u?ht(e,g-i,b-r,d,m):Ve(e,g-i,b-r)}press(e,s,i){let r={ArrowLeft:[-Be,0],ArrowRight:[Be,0],ArrowUp:[0,-Be],ArrowDown:[0,Be]}[e.key];if(r){let a=e.shiftKey?ht(i,...r):Ve(i,...r);this.put(s,a),this.moved=this.nameOf(s,a)}else if(e.key==="Delete"||e.key==="Backspace")this.erase(s);else return;e.preventDefault()}leave(){this.changed?this.leaving=!0:super.leave()}static{this.styles=[...O.styles,_`
      /* What is drawn on stays where it is while the list below grows. */
      @media (min-width: 600px) {
        dialog {
          margin-top: 16px;
        }
      }
      p {
        margin: 0;
        font-size: 13px;
      }
      .buttons {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px;
      }
      .stage {
        position: relative;
        justify-self: center;
        overflow: hidden;
        border-radius: 8px;
        cursor: crosshair;
        touch-action: none;
        user-select: none;
      }
      .stage.blind {
        display: grid;
        place-items: center;
        width: 100%;
        aspect-ratio: 16 / 9;
        background: var(--soft);
      }
      img {
        display: block;
        width: 560px;
        max-width: 100%;
        max-height: 55vh;
      }
      svg {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
      }
      polygon {
        fill: rgba(221, 0, 0, 0.35);
        stroke: #fff;
        stroke-width: 2px;
        vector-effect: non-scaling-stroke;
      }
      .zone {
        position: absolute;
        cursor: move;
        color: #fff;
        font-weight: 500;
        text-align: center;
        text-shadow: 0 0 3px #000;
        touch-action: none;
      }
      .zone:focus-visible {
        outline: 3px solid var(--primary-color);
        outline-offset: 0;
      }
      .zone i {
        position: absolute;
        width: 10px;
        height: 10px;
        border: 1px solid rgba(0, 0, 0, 0.6);
        border-radius: 50%;
        background: #fff;
        pointer-events: none;
      }
      .zone i:nth-of-type(odd) {
        left: -5px;
      }
      .zone i:nth-of-type(even) {
        right: -5px;
      }
      .zone i:nth-of-type(-n + 2) {
        top: -5px;
      }
      .zone i:nth-of-type(n + 3) {
        bottom: -5px;
      }
      ul {
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: flex;
        align-items: center;
        min-height: 48px;
        padding-block: 4px;
        border-bottom: 1px solid var(--line);
      }
      li span {
        flex: 1;
      }
    `]}};p([v({attribute:!1})],A.prototype,"names",2),p([v({attribute:!1})],A.prototype,"place",2),p([f()],A.prototype,"zones",2),p([f()],A.prototype,"picture",2),p([f()],A.prototype,"loaded",2),p([f()],A.prototype,"busy",2),p([f()],A.prototype,"leaving",2),p([f()],A.prototype,"error",2),p([f()],A.prototype,"blind",2),p([f()],A.prototype,"said",2),p([f()],A.prototype,"moved",2),p([f()],A.prototype,"kept",2),p([ie(".stage")],A.prototype,"stage",2);k("tinyact-zones-dialog",A);var _e="tinyact-timeline-card",ti=2e3,si=500,ii=2e3,ni=1e3,E=class extends q{constructor(){super(...arguments);this.loading=!1;this.day="";this.chosen=re;this.tallies=new Map;this.said="";this.timeline=new be;this.following=!0;this.current=0;this.missed=!0;this.kept=[];this.retry=()=>{this.error=void 0,this.edges&&!this.missed?this.load():(this.unsubscribe=void 0,this.listen())};this.choose=e=>{this.chosen=e,Qt(this.name,e),this.load()};this.close=()=>{let e=this.opened&&w(this.opened);this.opened=void 0,e&&this.updateComplete.then(()=>this.listElement?.reach(e))}}static getStubConfig(){return{}}static{this.getConfigForm=as}setConfig(e){rs(e),this.config=e,this.chosen=Jt(this.name),this.edges&&this.load()}getCardSize(){return 8}getGridOptions(){return{columns:12,min_columns:6,rows:"auto"}}connectedCallback(){super.connectedCallback(),this.listen()}disconnectedCallback(){super.disconnectedCallback(),this.unsubscribe?.then(e=>e?.()).catch(()=>{}),this.unsubscribe=void 0,this.edges=void 0,clearTimeout(this.counting),this.counting=void 0}shouldUpdate(e){if([...e.keys()].some(r=>r!=="hass"))return!0;let s=e.get("hass"),i=this.hass;return!s||!i||s.connected!==i.connected||s.locale!==i.locale||s.localize!==i.localize||s.devices!==i.devices||s.user!==i.user||this.past}willUpdate(e){e.has("hass")&&(this.hass?.connected===!1&&(this.unsubscribe=void 0),this.listen(),this.past&&this.go(this.today))}text(e,s){return C(this.hass,e,s)}listen(){!this.hass?.connected||!this.isConnected||this.unsubscribe||(this.missed=!0,this.unsubscribe=Pt(this.hass,e=>this.take(e)).catch(async e=>{e.code==="unknown_command"?setTimeout(this.retry,ti):this.error=await M(this.hass,e)}))}take(e){if(e.type==="edges"){let s=this.edges?.filter(r=>r.available).map(r=>r.entry_id),i=e.edges.some(r=>r.available&&!s?.includes(r.entry_id));this.edges=e.edges,this.error=void 0,(this.missed||i)&&this.load(),this.missed=!1}else e.type==="action_removed"?(this.timeline.remove(w(e)),this.countSoon(),this.opened&&w(this.opened)===w(e)&&(this.opened=void 0),this.requestUpdate()):this.takeAction(e.action,e.event==="confirmed"&&!e.replay)}takeAction(e,s){this.opened&&w(this.opened)===w(e)&&(this.opened=e);let i=Date.parse(e.started_at);if(this.following&&Y(i,this.zone)>this.day){this.go(Y(i,this.zone),!0);return}let[r,a]=this.span;i>=r&&i<a&&this.countSoon(),i>=r&&i<a&&this.wanted(e)?(this.timeline.put(e),s&&(this.said=this.sentence(e))):this.timeline.remove(w(e)),this.timeline.size>ii&&this.load(),this.requestUpdate()}get zone(){return ve(this.hass)}get today(){return Y(Date.now(),this.zone)}get past(){return this.following&&this.day!==""&&this.day<this.today}get span(){return[oe(this.day,this.zone),oe(J(this.day,1),this.zone)]}get places(){return Kt(this.edges??[],this.config?.cameras??[])}get labels(){let e=this.config?.labels;if(e?.length)return e;let s=rt([...this.tallies.values()]),i=(this.edges??[]).flatMap(a=>a.labels),r=ae([...new Set([...i,...s.keys(),...this.chosen.labels])]);return[...r.filter(a=>s.has(a)),...r.filter(a=>!s.has(a))]}get choice(){let{places:e,chosen:s}=this;return{...s,cameras:s.cameras.filter(i=>e.has(i))}}get name(){return`${_e} ${JSON.stringify([this.config?.cameras??[],this.config?.labels??[]])}`}get own(){return this.config?.cameras?.length?[...this.places.keys()]:void 0}get asked(){let{cameras:e,labels:s}=this.choice;return{cameras:e.length?e:this.own,labels:s.length?s:this.config?.labels??[]}}wanted(e){let{cameras:s,labels:i}=this.asked,r=L(e.entry_id,e.camera);return(s?.includes(r)??!0)&&(!i.length||i.includes(e.label))}go(e,s=e===this.today){this.day=e,this.following=s,this.kept=[],this.tallies=new Map,this.load()}async load(){this.hass&&(this.day||=this.today,this.timeline=new be,this.count(),await this.fetch(this.reachable))}get reachable(){return(this.edges??[]).filter(e=>e.available).map(e=>e.entry_id)}async more(){let e=[...this.timeline.next].flatMap(([s,i])=>i===null?[]:[s]);await this.fetch(e)}async fetch(e){let s=++this.current,i=this.timeline;this.loading=!0,this.error=void 0;let{cameras:r,labels:a}=this.asked,c=async m=>{let u=it(m,r);if(u?.length===0)return;let g=await Ht(this.hass,m,{camera:u??[],label:a,...this.asking,page:i.next.get(m)??void 0});i.add(m,g)},o=await Promise.allSettled(e.map(c));if(s!==this.current)return;let d=o.find(m=>m.status==="rejected");if(!d&&!i.complete&&i.size<si)return this.requestUpdate(),this.more();this.loading=!1,d&&(this.error=await M(this.hass,d.reason))}get asking(){let[e,s]=this.span;return{after:new Date(e).toISOString(),before:new Date(s).toISOString()}}countSoon(){this.counting??=setTimeout(()=>{this.count()},ni)}async count(){clearTimeout(this.counting),this.counting=void 0;let{day:e}=this,s=this.own,i=new Map,r=async a=>{let c=it(a,s);if(c?.length!==0)for(let o of await Rt(this.hass,a,{camera:c??[],...this.asking})){let d=this.config?.labels;if(d?.length&&!d.includes(o.label))continue;let m=L(a,o.camera);i.set(m,(i.get(m)??new Map).set(o.label,o))}};await Promise.allSettled(this.reachable.map(r)),e===this.day&&(this.tallies=i)}nameOf(e){return this.names.get(L(e.entry_id,e.camera))??e.camera}get names(){return Ft(this.hass,this.edges??[],this.places)}sentence(e){return this.text("seen",{label:y(this.hass,e.label),camera:this.nameOf(e),time:new x(this.hass).time(Date.parse(e.started_at))})}render(){return!this.hass||!this.config?h:l`<ha-card>
      <div class="head">
        <h2>${this.config.title||this.text("title")}</h2>
        ${this.renderMenu()}
      </div>
      ${this.renderTroubles()} ${this.edges?.length?this.renderDay():this.renderEmptyHouse()}
      <div class="unseen" aria-live="polite">${this.said}</div>
      ${this.renderDialogs()}
    </ha-card>`}renderMenu(){let e=(i,r,a)=>l`<button class="icon" title=${this.text(i)} aria-label=${this.text(i)} @click=${a}>
        <ha-icon icon=${r}></ha-icon>
      </button>`,s=this.choice.cameras[0]??[...this.places.keys()][0];return l`
      ${s&&this.hass.user?.is_admin?e("zones","mdi:vector-square",()=>this.zoning=s):h}
      ${this.edges?.length?e("learn","mdi:school-outline",()=>this.learning=this.edges?.[0]?.entry_id):h}
    `}renderEmptyHouse(){return this.error?h:this.edges?this.renderEmpty("mdi:cctv-off","no_edges"):l`<p class="empty quiet">${this.text("loading")}</p>`}renderEmpty(e,s,i=h){return l`<div class="empty quiet">
      <ha-icon icon=${e}></ha-icon>
      <p>${this.text(s)}</p>
      ${i}
    </div>`}renderTroubles(){let e=(this.edges??[]).filter(s=>!s.available);return l`<div class="troubles" role="status">
      ${this.hass.connected===!1?l`<div class="notice warning">
              <ha-icon icon="mdi:lan-disconnect"></ha-icon><span>${this.text("disconnected")}</span>
            </div>`:h}
      ${e.map(s=>l`<div class="notice warning">
            <ha-icon icon="mdi:cloud-off-outline"></ha-icon
            ><span>${this.text("offline",{edge:s.title})}</span>
          </div>`)}
      ${this.error?l`<div class="notice error">
              <ha-icon icon="mdi:alert-circle-outline"></ha-icon
              ><span>${this.text("failed",{error:this.error})}</span>
              <button class="chip" @click=${this.retry}>${this.text("again")}</button>
            </div>`:h}
    </div>`}renderDay(){if(!this.day)return h;(!this.loading||this.timeline.size)&&(this.kept=this.timeline.list());let e=this.kept,{choice:s,labels:i,names:r,places:a}=this,o=[...r].filter(([d])=>!s.cameras.length||s.cameras.includes(d)).map(([d,m])=>{let u=this.tallies.get(d);return{place:d,name:m,tally:new Map(i.flatMap(g=>ri(u,g)))}});return l`
      <tinyact-day-picker
        .hass=${this.hass}
        .day=${this.day}
        @chosen=${d=>this.go(d.detail)}
      ></tinyact-day-picker>
      ${a.size?l`<tinyact-filters
              .hass=${this.hass}
              .choice=${s}
              .cameras=${[...a].map(([d,{state:m}])=>({place:d,state:m,name:r.get(d)}))}
              .labels=${i}
              .tally=${rt(o.map(d=>d.tally))}
              @chosen=${d=>this.choose(d.detail)}
            ></tinyact-filters>`:h}
      <tinyact-strip
        .hass=${this.hass}
        .actions=${e}
        .span=${this.span}
        .horizon=${this.timeline.horizon}
        .lanes=${o}
        .choice=${s}
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
    `}renderEnd(e){if(this.loading)return l`<p class="empty quiet">${this.text("loading")}</p>`;if(!this.timeline.complete)return l`<p class="empty">
        <button class="action" @click=${()=>this.more()}>${this.text("load_more")}</button>
      </p>`;if(e||this.error||!this.edges?.some(s=>s.available))return h;if(!this.places.size)return this.renderEmpty("mdi:cctv-off",this.own?"cameras_gone":"no_cameras");if(this.choice.cameras.length||this.choice.labels.length){let s=l`<button class="chip" @click=${()=>this.choose(re)}>
        ${this.text("show_all")}
      </button>`;return this.renderEmpty("mdi:filter-outline","nothing_filter",s)}return this.renderEmpty("mdi:motion-sensor-off",this.day===this.today?"nothing_yet":"nothing_day")}renderDialogs(){let{opened:e}=this;return l`
      ${e?l`<tinyact-action-dialog
              .hass=${this.hass}
              .action=${e}
              .cameraName=${this.nameOf(e)}
              .edge=${this.edges?.find(s=>s.entry_id===e.entry_id)}
              .earlier=${this.timeline.before(e)}
              .later=${this.timeline.after(e)}
              @chosen=${s=>this.opened=s.detail}
              @changed=${s=>this.takeAction(s.detail,!1)}
              @learn=${()=>{this.learning=e.entry_id,this.opened=void 0}}
              @closed=${this.close}
            ></tinyact-action-dialog>`:h}
      ${this.learning?l`<tinyact-learn-dialog
              .hass=${this.hass}
              .edges=${this.edges}
              .entryId=${this.learning}
              @closed=${()=>this.learning=void 0}
            ></tinyact-learn-dialog>`:h}
      ${this.zoning?l`<tinyact-zones-dialog
              .hass=${this.hass}
              .place=${this.zoning}
              .names=${this.names}
              @closed=${()=>this.zoning=void 0}
            ></tinyact-zones-dialog>`:h}
    `}static{this.styles=[S,_`
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
      .empty ha-icon {
        --mdc-icon-size: 40px;
        opacity: 0.5;
      }
      .empty p {
        margin: 8px 0;
      }
    `]}};p([v({attribute:!1})],E.prototype,"hass",2),p([f()],E.prototype,"config",2),p([f()],E.prototype,"edges",2),p([f()],E.prototype,"error",2),p([f()],E.prototype,"loading",2),p([f()],E.prototype,"day",2),p([f()],E.prototype,"chosen",2),p([f()],E.prototype,"tallies",2),p([f()],E.prototype,"opened",2),p([f()],E.prototype,"learning",2),p([f()],E.prototype,"zoning",2),p([f()],E.prototype,"said",2),p([ie("tinyact-list")],E.prototype,"listElement",2);var ri=(n,t)=>{let e=n?.get(t);return e?[[t,e]]:[]};customElements.get(_e)||(customElements.define(_e,E),(window.customCards??=[]).push({type:_e,name:C(He(),"card_name"),description:C(He(),"card_description"),preview:!0,documentationURL:"https://github.com/tinyact/tinyact/blob/main/docs/card.md",getEntitySuggestion:(n,t)=>{let e=os(n,t);return e&&{config:{type:`custom:${_e}`,...e}}}}));})();
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
